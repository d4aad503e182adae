"""Vectors of phrases that no network has to encode: names, places and terms, in a table.

A small network approximates the vectors that it was taught, and short queries are where that costs most. For the
phrases of its lists the vectors themselves are kept, so these queries are answered without the network. A row is found
by the key of its phrase (`snapshot/text/phrase_key.py`); the table holds no text.

A vector of unit norm has components of deviation 1 / sqrt(dim), and each takes 4 bits:

    level = clip(round(component * sqrt(dim) / STEP + 7.5), 0, 15)

The vectors that come back have a cosine of about 0.994 with the original ones.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.text.phrase_key import KEY_BYTES, Keys, key_bytes

STEP = 0.3352
"""Width of a level in deviations: the best of 16 for a normal distribution (Max 1960, table II)."""

_LEVELS = 16
_MIDDLE = (_LEVELS - 1) / 2
_COMPONENTS = np.stack(np.divmod(np.arange(256), _LEVELS), axis=-1).astype(np.float32) - np.float32(_MIDDLE)
"""Both components of each byte, shape (256, 2)."""

_KEY, _CODES = "key", "codes"

Codes = npt.NDArray[np.uint8]


class PhraseTable:
    """Vectors of phrases by the keys of these.

    `keys`, shape (n,), uint64, ascending; `codes`, shape (n, dim / 2), uint8, two components in a byte.
    """

    def __init__(self, keys: Keys, codes: Codes) -> None:
        self.keys = keys
        self.codes = codes
        # Queries look up some twenty phrases each, one by one: a dictionary is faster than a search in the array.
        raw = keys.astype("<u8").tobytes()
        self._rows = {raw[KEY_BYTES * row : KEY_BYTES * (row + 1)]: row for row in range(len(keys))}

    @classmethod
    def open(cls, path: Path, dim: int) -> "PhraseTable":
        """Read the keys of a table and map its codes, which all processes share.

        Raises:
            SnapshotDamaged: the file is no such table, or one of another dimension.
        """
        try:
            rows = np.lib.format.open_memmap(path, mode="r")  # np.load reads archives too
        except Exception as error:  # a damaged header gives errors of numpy's parser of Python as well
            raise SnapshotDamaged(f"{path} holds no table of phrases: {error}") from error
        if rows.dtype != _row_type(dim) or rows.ndim != 1:
            raise SnapshotDamaged(f"{path} holds no table of phrases with vectors of {dim} components")
        # As plain arrays, which are faster to index; the codes are still those of the mapped file.
        return cls(np.ascontiguousarray(rows[_KEY]), rows[_CODES].view(np.ndarray))

    def __len__(self) -> int:
        return len(self.keys)

    def rows_of(self, folded: Iterable[str]) -> list[int | None]:
        """Return the rows of phrases that are folded already; None for a phrase that is not here."""
        return [self._rows.get(key_bytes(phrase)) for phrase in folded]

    def vectors_at(self, rows: Sequence[int]) -> FloatArray:
        """Return the vectors at `rows`, shape (n, dim), float32, unit norm."""
        return from_codes(self.codes[rows])

    def save(self, path: Path) -> None:
        """Write the table, a NumPy array of rows."""
        rows = np.empty(len(self), dtype=_row_type(2 * self.codes.shape[1]))
        rows[_KEY], rows[_CODES] = self.keys, self.codes
        np.save(path, rows, allow_pickle=False)


def to_codes(vectors: FloatArray) -> Codes:
    """Return the codes of vectors of shape (n, dim) with unit norm, shape (n, dim / 2), uint8; `dim` is even."""
    levels = np.rint(vectors * np.float32(np.sqrt(vectors.shape[1]) / STEP) + _MIDDLE)
    nibbles = np.clip(levels, 0, _LEVELS - 1).astype(np.uint8)
    codes: Codes = nibbles[:, 0::2] * _LEVELS + nibbles[:, 1::2]
    return codes


def from_codes(codes: Codes) -> FloatArray:
    """Return the vectors of codes of shape (..., dim / 2), shape (..., dim), float32, unit norm."""
    # `take` is seven times as fast here as the same in brackets.
    return unit(_COMPONENTS.take(codes, axis=0).reshape(*codes.shape[:-1], 2 * codes.shape[-1]))


def _row_type(dim: int) -> np.dtype[np.void]:
    return np.dtype([(_KEY, "<u8"), (_CODES, "u1", (dim // 2,))])
