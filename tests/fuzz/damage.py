"""A store whose files are damaged one at a time, with checksums that fit the damage.

A checksum finds what happens to a file after it was written, and then nothing else of the file is read. Here every
checksum fits, so what is tested is the code behind it: whatever the bytes, opening a version gives a snapshot or a
`KhabarError`, and so does reading keys, takedowns and alerts. What a snapshot with wrong content answers is not tested.

The indexes and the network of an encoder are left out: FAISS and ONNX Runtime map them and trust them, as the checksum
before lets them.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from indexer.alerts.run import run_alerts
from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.errors import KhabarError
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.keys import Scope, read_keys
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot, read_takedowns
from indexer.store.keys import create_key
from indexer.store.takedown import record_takedowns
from tests.conftest import ARTICLES
from tests.fakes import SPEC, publish_fake_store

VERSION = "v2"

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    float("nan"),
    "",
    "x",
    "a\0b",
    "\ud800",
    "../../..",
    [],
    ["x", 1],
    {},
    {"": None},
)
"""What a value of a JSON file is replaced by."""


@dataclass(frozen=True)
class DamagedFile:
    """One file, its content, and what reads it."""

    name: str
    path: Path
    content: bytes
    read: Callable[[], None]


class DamagedStore:
    """A small store with every file that opening a version reads; `files` are those that can be damaged."""

    def __init__(self, root: Path) -> None:
        self.layout = StoreLayout(root)
        publish_fake_store(root, ARTICLES[:2], version="v1")
        publish_fake_store(root, ARTICLES, version=VERSION)
        self.layout.saved_searches.write_text('{"id": "moon", "query": "moon", "min_relevance": 0}', encoding="utf-8")
        run_alerts(self.layout)
        record_takedowns(self.layout, ["en-moon", "ar-quake"], "takedown", "a test")
        create_key(self.layout, "reader", [Scope.SEARCH], "5/minute")
        self._phrases = root / "phrases.npy"
        PhraseTable(np.arange(9, dtype=np.uint64), np.zeros((9, SPEC.dim // 2), dtype=np.uint8)).save(self._phrases)
        self._manifests = (self.layout.version(VERSION).manifest, self.layout.encoder(SPEC.fingerprint).manifest)
        self.files: Sequence[DamagedFile] = self._all_files()

    def _all_files(self) -> list[DamagedFile]:
        version = self.layout.version(VERSION)
        reads: dict[Path, Callable[[], None]] = {
            self.layout.current: self._open,
            version.manifest: self._open,
            version.corpus: self._open,
            version.neutral: self._open,
            **dict.fromkeys(sorted(version.lexical.root.iterdir()), self._open),
            version.events: self._open,
            self._manifests[1]: self._open,
            self.layout.takedowns: self._read_takedowns,
            self.layout.takedowns_head: self._read_takedowns,
            self.layout.keys: lambda: _ignore(read_keys(self.layout)),
            self.layout.alert_ledger: lambda: _ignore(read_alerts(self.layout.alert_ledger)),
            self._phrases: lambda: _ignore(PhraseTable.open(self._phrases, SPEC.dim)),
        }
        root = self.layout.root
        return [
            DamagedFile(path.relative_to(root).as_posix(), path, path.read_bytes(), read)
            for path, read in reads.items()
        ]

    def read_damaged(self, recipe: bytes) -> str:
        """Damage a file as a recipe says, read it, and put it back; return what its reader answered.

        Any exception but a `KhabarError` is a fault of the reader.
        """
        file = self.files[recipe[0] % len(self.files)] if recipe else self.files[0]
        file.path.write_bytes(damaged(file.content, recipe[1:]))
        before = {path: path.read_bytes() for path in self._manifests}
        try:
            self._seal(file)
            file.read()
        except KhabarError as error:
            return f"{type(error).__name__}: {error}"
        finally:
            for path, content in before.items():
                path.write_bytes(content)
            file.path.write_bytes(file.content)
        return ""

    def _seal(self, file: DamagedFile) -> None:
        """Let the checksums of all manifests fit their files."""
        for manifest in self._manifests:
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                content = json.loads(manifest.read_bytes())
                name = file.path.relative_to(manifest.parent).as_posix() if manifest.parent in file.path.parents else ""
                if name in content["files"]:
                    content["files"][name] = sha256(file.path.read_bytes()).hexdigest()
                content.pop("sha256", None)
                content["sha256"] = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
                manifest.write_text(json.dumps(content), encoding="utf-8")

    def _open(self) -> None:
        open_snapshot(self.layout.root).close()

    def _read_takedowns(self) -> None:
        read_takedowns(self.layout)
        self._open()


def damaged(content: bytes, recipe: bytes) -> bytes:
    """Return other bytes for a file: edited, cut, replaced, or, of a JSON file, with another value somewhere."""
    how, rest = (recipe[0] % 4, recipe[1:]) if recipe else (0, b"")
    if how == 0:
        return _edited(content, rest)
    if how == 1:
        return content[: _position(rest, len(content))]
    if how == 2:
        return rest
    try:
        lines = [json.loads(line) for line in content.splitlines()] if b"}\n{" in content else [json.loads(content)]
    except ValueError:
        return _edited(content, rest)
    lines[-1] = _with_odd_value(lines[-1], rest)
    return b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"


def _edited(content: bytes, recipe: bytes) -> bytes:
    """Overwrite one byte for each four of the recipe: two say where, one what, one how often it is repeated."""
    changed = bytearray(content)
    for start in range(0, len(recipe) - 3, 4):
        at = _position(recipe[start : start + 2], len(changed))
        n = 1 + recipe[start + 3] % 8
        changed[at : at + n] = bytes([recipe[start + 2]]) * len(changed[at : at + n])
    return bytes(changed)


def _position(recipe: bytes, length: int) -> int:
    return int.from_bytes(recipe[:2].ljust(2, b"\0")) * length // 2**16


def _with_odd_value(value: Any, recipe: bytes) -> Any:
    """Follow a recipe into lists and objects, one byte a level, and replace what is there when it ends."""
    entries = sorted(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    if len(recipe) < 2 or not entries:
        return ODD_VALUES[(recipe[0] if recipe else 0) % len(ODD_VALUES)]
    key = entries[recipe[0] % len(entries)]
    value[key] = _with_odd_value(value[key], recipe[1:])
    return value


def _ignore(_result: object) -> None:
    """Take what a reader returned; only its errors count."""
