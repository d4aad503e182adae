"""Vectors by text, kept between builds so that only new texts are embedded.

There is one SQLite file for each encoder fingerprint, role and precision. Vectors are raw, as the
encoder returned them: after a change of the corpus, language centres are estimated again without
embedding anything again. The whole folder can be deleted without harm.
"""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.text.normalisation import for_encoder

_KEY_BYTES = 16
_KEYS_PER_QUERY = 500

T = TypeVar("T")


def passage_cache(folder: Path, fingerprint: str, precision: str) -> Path:
    """Return the file in a store's cache that has the vectors of passages of one encoder in one precision."""
    return folder / f"{fingerprint}-passage-{precision}.sqlite"


def text_key(text: str) -> bytes:
    """Return the key of a text: a digest of its normalised form, which is all that an encoder reads."""
    return hashlib.sha256(for_encoder(text).encode()).digest()[:_KEY_BYTES]


def write_keys(path: Path, keys: Iterable[bytes]) -> None:
    """Write text keys one after the other, sorted, each once."""
    path.write_bytes(b"".join(sorted(set(keys))))


def read_keys(path: Path) -> set[bytes]:
    """Read the keys that `write_keys` wrote.

    Raises:
        OSError: the file cannot be read.
    """
    content = path.read_bytes()
    return {content[start : start + _KEY_BYTES] for start in range(0, len(content), _KEY_BYTES)}


class EmbeddingCache(AbstractContextManager["EmbeddingCache"]):
    """Maps text keys to vectors of shape (dim,), float32; a context manager that closes the file.

    A damaged file is replaced by an empty one and a damaged vector is ignored: its text is embedded
    again, and no result is wrong.

    Raises:
        OSError: the file cannot be read or written, for lack of space or permission.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self._path = path
        self._dim = dim
        self._db: sqlite3.Connection | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._run(lambda _: None)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, FloatArray]:
        """Return the vectors that are in the cache, by key."""
        return self._run(lambda db: dict(self._read(db, keys)))

    def put(self, vectors: Mapping[bytes, FloatArray]) -> None:
        """Keep vectors; they are still there if the build is killed later."""
        rows = [(key, _pack(vector)) for key, vector in vectors.items()]

        def write(db: sqlite3.Connection) -> None:
            with db:
                db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

        self._run(write)

    def keep_only(self, keys: Collection[bytes]) -> int:
        """Delete the vectors of all other texts, shrink the file, and return how many were deleted."""

        def delete(db: sqlite3.Connection) -> int:
            db.execute("DROP TABLE IF EXISTS temp.kept")
            db.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY) WITHOUT ROWID")
            with db:
                db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keys))
                deleted = db.execute("DELETE FROM vector WHERE key NOT IN (SELECT key FROM kept)").rowcount
            if deleted:
                db.execute("VACUUM")
            return deleted

        return self._run(delete)

    def _read(self, db: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, FloatArray]]:
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            batch = keys[start : start + _KEYS_PER_QUERY]
            placeholders = ",".join("?" * len(batch))
            for key, content in db.execute(f"SELECT key, content FROM vector WHERE key IN ({placeholders})", batch):
                vector = _unpack(content)
                if vector is not None and vector.shape == (self._dim,):
                    yield key, vector

    def _run(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Run an action on the file; if the file is damaged, replace it and run the action once more.

        Errors of disk and permission, which SQLite reports in its own way, are raised as OSError.
        """
        try:
            try:
                return action(self._connection())
            except sqlite3.OperationalError:  # one of the DatabaseErrors, but no sign of damage
                raise
            except sqlite3.DatabaseError:
                self._delete()
                return action(self._connection())
        except sqlite3.OperationalError as error:
            raise OSError(f"{self._path}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = _connect(self._path)
        return self._db

    def _delete(self) -> None:
        self._close()
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def __exit__(self, *_error: object) -> None:
        self._close()


def _pack(vector: FloatArray) -> bytes:
    content = vector.astype("<f4").tobytes()
    return content + zlib.crc32(content).to_bytes(4, "little")


def _unpack(content: bytes) -> FloatArray | None:
    """Return the vector, or None if its checksum is wrong."""
    numbers, checksum = content[:-4], content[-4:]
    if zlib.crc32(numbers).to_bytes(4, "little") != checksum or len(numbers) % 4:
        return None
    return np.frombuffer(numbers, dtype="<f4")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    try:
        # A write-ahead log survives a killed process; a lost last commit only costs embedding again.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID")
        db.execute("SELECT count(*) FROM (SELECT 1 FROM vector LIMIT 1)").fetchone()
    except sqlite3.DatabaseError:
        db.close()
        raise
    return db
