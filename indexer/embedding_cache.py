"""Vectors by text, kept between builds so that only new text is embedded.

One SQLite file for each encoder fingerprint, role and precision. Vectors are raw, as the encoder
gave them: a changed corpus gets new language centres without embedding anything again. The whole
folder is safe to delete.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from indexer.snapshot.encoder import FloatArray
from indexer.snapshot.text import for_encoder

_KEY_BYTES = 16
_ASK_AT_ONCE = 500


def text_key(text: str) -> bytes:
    """Return the key of a text: a digest of its folded form, which is all an encoder sees."""
    return hashlib.sha256(for_encoder(text).encode()).digest()[:_KEY_BYTES]


class EmbeddingCache:
    """Maps text keys to vectors of shape (dim,), float32; a context manager that closes the file.

    A file that is damaged is emptied: it costs time, never correctness.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self._dim = dim
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = _connect(path)
        except sqlite3.DatabaseError:
            path.unlink()
            self._db = _connect(path)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, FloatArray]:
        """Return the vectors that are known, by key."""
        known = {}
        for start in range(0, len(keys), _ASK_AT_ONCE):
            some = keys[start : start + _ASK_AT_ONCE]
            marks = ",".join("?" * len(some))
            for key, content in self._db.execute(f"SELECT key, content FROM vector WHERE key IN ({marks})", some):
                vector = np.frombuffer(content, dtype="<f4")
                if vector.shape == (self._dim,):
                    known[key] = vector
        return known

    def put(self, vectors: Mapping[bytes, FloatArray]) -> None:
        """Keep vectors; they survive a build that is killed later."""
        rows: Iterable[tuple[bytes, bytes]] = ((key, vector.astype("<f4").tobytes()) for key, vector in vectors.items())
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def __enter__(self) -> "EmbeddingCache":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()


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
