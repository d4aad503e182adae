"""Making and revoking keys of the service."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from indexer.snapshot.errors import StoreError, StoreNotFound, UsageError
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.keys import ApiKey, Scope, keys_text, new_key, read_keys
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.text.utc import utc_text
from indexer.store.audit import record_action

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_PRIVATE = 0o640
"""The owner writes the file, and the group of the service reads it."""


def create_key(store: StoreLayout, name: str, scopes: Sequence[Scope], rate: str | None) -> tuple[str, ApiKey]:
    """Make a key, add it to the file of keys, and return it as it is sent, which is stored nowhere, and its entry.

    Raises:
        StoreNotFound: there is no store.
        UsageError: the name is none, or another key has it.
        SnapshotDamaged: the file of keys cannot be read.
    """
    if not store.root.is_dir():
        raise StoreNotFound(f"no store at {store.root}")
    if not _NAME.fullmatch(name):
        raise UsageError(f"--name: {name!r} is not a name of up to 64 letters, digits and . _ @ -")
    with locked(store.keys_lock):
        keys = read_keys(store)
        if any(key.name == name for key in keys):
            raise UsageError(f"--name: there is a key {name!r} already; revoke it, or take another name")
        sent, entry = new_key(name, scopes, rate, utc_text(datetime.now(UTC)))
        # Before the key is stored: nobody would learn a key whose creation ends in an error.
        record_action(store, "key created", name=name, id=entry.id, scopes=list(entry.scopes))
        _write(store, [*keys, entry])
    return sent, entry


def revoke_key(store: StoreLayout, name: str) -> None:
    """Remove a key; a running service refuses it from the next second on.

    Raises:
        StoreNotFound: there is no store.
        StoreError: no key has this name.
        SnapshotDamaged: the file of keys cannot be read.
    """
    if not store.root.is_dir():
        raise StoreNotFound(f"no store at {store.root}")
    with locked(store.keys_lock):
        keys = read_keys(store)
        found = next((key for key in keys if key.name == name), None)
        if found is None:
            raise StoreError(f"no key has the name {name!r}; khabar keys list shows all of them")
        # Before the key is removed: then it could not be revoked again, and nobody would have written down who did.
        record_action(store, "key revoked", name=name, id=found.id)
        _write(store, [key for key in keys if key != found])


def replace_keys(source: StoreLayout, target: StoreLayout) -> bool:
    """Give a store the keys of another one, and return True; without a file of keys there, nothing changes.

    Raises:
        SnapshotDamaged: the file of keys cannot be read.
    """
    if not source.keys.exists():
        return False
    keys = read_keys(source)
    with locked(target.keys_lock):
        _write(target, keys)
    return True


def _write(store: StoreLayout, keys: Sequence[ApiKey]) -> None:
    write_atomically(store.keys, keys_text(keys), mode=_PRIVATE)
