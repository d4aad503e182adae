"""Vectors by text, kept between builds so that only new text is embedded.

One SQLite file for each encoder fingerprint, role and precision. Vectors are raw, as the encoder
gave them: a changed corpus gets new language centres without embedding anything again. The whole
folder is safe to delete.
"""

import hashlib
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.text.normalisation import for_encoder

_KEY_BYTES = 16
_ASK_AT_ONCE = 500


def text_key(text: str) -> bytes:
    """Return the key of a text: a digest of its folded form, which is all an encoder sees."""
    return hashlib.sha256(for_encoder(text).encode()).digest()[:_KEY_BYTES]


def write_keys(path: Path, keys: Iterable[bytes]) -> None:
    """Write text keys, each once and in order, one after the other."""
    path.write_bytes(b"".join(sorted(set(keys))))


def read_keys(path: Path) -> set[bytes]:
    """Read what `write_keys` wrote.

    Raises:
        OSError: the file cannot be read.
    """
    content = path.read_bytes()
    return {content[start : start + _KEY_BYTES] for start in range(0, len(content), _KEY_BYTES)}


class EmbeddingCache:
    """Maps text keys to vectors of shape (dim,), float32; a context manager that closes the file.

    A damaged file is emptied and a damaged vector passed over: that costs time, never correctness.

    Raises:
        OSError: the file cannot be read or written, for want of room or permission.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self._path = path
        self._dim = dim
        path.parent.mkdir(parents=True, exist_ok=True)
        with _as_os_error(path):
            try:
                self._db = _connect(path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                path.unlink()
                self._db = _connect(path)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, FloatArray]:
        """Return the vectors that are known, by key."""
        with _as_os_error(self._path):
            try:
                return dict(self._read(keys))
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._empty()
                return {}

    def put(self, vectors: Mapping[bytes, FloatArray]) -> None:
        """Keep vectors; they survive a build that is killed later."""
        rows = [(key, _packed(vector)) for key, vector in vectors.items()]
        with _as_os_error(self._path):
            try:
                self._write(rows)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._empty()
                self._write(rows)

    def keep_only(self, keys: Collection[bytes]) -> int:
        """Drop the vectors of all other texts, give their room back to the disk, and return how many they were."""
        with _as_os_error(self._path):
            try:
                self._db.execute("CREATE TEMP TABLE kept (key BLOB PRIMARY KEY) WITHOUT ROWID")
                with self._db:
                    self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((key,) for key in keys))
                    dropped = self._db.execute("DELETE FROM vector WHERE key NOT IN (SELECT key FROM kept)").rowcount
                if dropped:
                    self._db.execute("VACUUM")
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._empty()
                return 0
        return dropped

    def _read(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, FloatArray]]:
        for start in range(0, len(keys), _ASK_AT_ONCE):
            some = keys[start : start + _ASK_AT_ONCE]
            marks = ",".join("?" * len(some))
            for key, content in self._db.execute(f"SELECT key, content FROM vector WHERE key IN ({marks})", some):
                vector = _unpacked(content)
                if vector is not None and vector.shape == (self._dim,):
                    yield key, vector

    def _write(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def _empty(self) -> None:
        """Begin a new file in the place of a damaged one."""
        self._db.close()
        for path in (self._path, *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))):
            path.unlink(missing_ok=True)
        self._db = _connect(self._path)

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()


def _packed(vector: FloatArray) -> bytes:
    content = vector.astype("<f4").tobytes()
    return content + zlib.crc32(content).to_bytes(4, "little")


def _unpacked(content: bytes) -> FloatArray | None:
    """Return the vector, or None where its checksum does not fit."""
    numbers, checksum = content[:-4], content[-4:]
    if zlib.crc32(numbers).to_bytes(4, "little") != checksum or len(numbers) % 4:
        return None
    return np.frombuffer(numbers, dtype="<f4")


@contextmanager
def _as_os_error(path: Path) -> Iterator[None]:
    """Raise what SQLite says of disk and permissions as the OSError it is."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(f"{path}: {error}") from error


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
