"""Keys of the service: who may use it, and for what. A file of the store has their digests and never the keys.

A key is "khabar_ID_SECRET". The id finds the entry; the secret has 256 random bits, so its plain sha256 is as hard to
turn around as a slow hash of a password would be.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from pydantic import TypeAdapter, ValidationError

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import StoreLayout

_PREFIX = "khabar"
_ID_BYTES, _SECRET_BYTES = 6, 32


class Scope(StrEnum):
    """What a key is good for: searching and reading articles, or everything that operators need."""

    SEARCH = "search"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key. `rate` is how often it may be used, such as "600/minute"; None where the service decides.

    `digest` is the sha256 of the secret, hexadecimal; `created_at` is UTC, ISO 8601.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    rate: str | None
    digest: str
    created_at: str


_FILE = TypeAdapter(tuple[ApiKey, ...])


def new_key(name: str, scopes: Sequence[Scope], rate: str | None, created_at: str) -> tuple[str, ApiKey]:
    """Return a new key, as it is sent, and its entry."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
    entry = ApiKey(key_id, name, tuple(sorted(set(scopes))), rate, _digest(secret), created_at)
    return f"{_PREFIX}_{key_id}_{secret}", entry


def find_key(keys: Sequence[ApiKey], sent: str) -> ApiKey | None:
    """Return the entry of a key that was sent, or None if it is none of `keys`."""
    prefix, _, rest = sent.partition("_")
    key_id, _, secret = rest.partition("_")
    entry = next((key for key in keys if key.id == key_id), None)
    if entry is None or prefix != _PREFIX or not compare_digest(entry.digest, _digest(secret)):
        return None
    return entry


def read_keys(store: StoreLayout) -> tuple[ApiKey, ...]:
    """Return all keys of a store, in the order in which they were made; none if it has no file of keys.

    Raises:
        SnapshotDamaged: the file cannot be read.
    """
    try:
        return _FILE.validate_json(store.keys.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise SnapshotDamaged(
            f"{store.keys} cannot be read as a list of keys: restore it, or remove it and make new keys"
        ) from error


def keys_text(keys: Sequence[ApiKey]) -> str:
    """Return keys as the content of their file."""
    return _FILE.dump_json(tuple(keys), indent=1).decode() + "\n"


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
