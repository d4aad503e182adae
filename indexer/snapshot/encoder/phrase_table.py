"""Vectors of phrases that no network has to encode: names, places and terms, in a table.

A small network approximates the vectors that it was taught, and short queries are where that costs most. For the
phrases of its lists the vectors themselves are kept, so these queries are answered without the network. A row is found
by the key of its phrase (`snapshot/text/phrase_key.py`); the table holds no text.

A vector of unit norm has components of deviation 1 / sqrt(dim), and each takes 4 bits:

    level = clip(round(component * sqrt(dim) / STEP + 7.5), 0, 15)

The vectors that come back have a cosine of about 0.994 with the original ones.

A short query that is not in the table may be a misspelt phrase of it. Of the phrases that one typing error turns into
the query, the one that is nearest to the network's vector of the query is taken for what was meant, and both vectors
are added. If none is near, the query is taken for a phrase of its own.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.text.corrections import corrections
from indexer.snapshot.text.phrase_key import Keys, folded_phrase, keys_of_folded
from indexer.snapshot.text.query_length import is_short

STEP = 0.3352
"""Width of a level in deviations: the best of 16 for a normal distribution (Max 1960, table II)."""

MIN_CORRECTION_COSINE = 0.2
CORRECTION_WEIGHT = 2.0
"""The least cosine between a query and the phrase that was meant, and the weight of the phrase beside the query.

Measured on words of news titles with a letter dropped, and on correct words that are in no list (docs/decisions/ 8).
"""

_LEVELS = 16
_MIDDLE = (_LEVELS - 1) / 2
_KEY, _CODES = "key", "codes"

Codes = npt.NDArray[np.uint8]


class PhraseTable:
    """Vectors of phrases by the keys of these.

    `keys`, shape (n,), uint64, ascending; `codes`, shape (n, dim / 2), uint8, two components in a byte.
    """

    def __init__(self, keys: Keys, codes: Codes) -> None:
        self.keys = keys
        self.codes = codes

    @classmethod
    def open(cls, path: Path, dim: int) -> "PhraseTable":
        """Read the keys of a table and map its codes, which all processes share.

        Raises:
            SnapshotDamaged: the file is no such table, or one of another dimension.
        """
        try:
            rows = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise SnapshotDamaged(f"{path} holds no table of phrases: {error}") from error
        if rows.dtype != _row_type(dim):
            raise SnapshotDamaged(f"{path} holds no table of phrases with vectors of {dim} components")
        return cls(np.ascontiguousarray(rows[_KEY]), rows[_CODES])

    def __len__(self) -> int:
        return len(self.keys)

    def vector(self, phrase: str) -> FloatArray | None:
        """Return the vector of a phrase, shape (dim,), float32, unit norm, or None if the table lacks it."""
        found = self._vectors([folded_phrase(phrase)])
        return found[0] if len(found) else None

    def correction(self, phrase: str, vector: FloatArray) -> FloatArray | None:
        """Return the vector of the phrase that was meant by a misspelt one, shape (dim,), float32, unit norm.

        `vector` is what the network makes of the misspelt phrase. None if no phrase of the table is near enough.
        """
        found = self._vectors(corrections(folded_phrase(phrase)))
        if not len(found):
            return None
        cosines = found @ vector
        nearest = int(np.argmax(cosines))
        return found[nearest] if cosines[nearest] >= MIN_CORRECTION_COSINE else None

    def _vectors(self, folded: Sequence[str]) -> FloatArray:
        """Return the vectors of those folded phrases that the table has, shape (n, dim), in the order of their keys."""
        wanted = np.unique(keys_of_folded(folded))
        rows = np.searchsorted(self.keys, wanted)
        rows = rows[rows < len(self.keys)]
        return from_codes(self.codes[rows[self.keys[rows] == wanted[: len(rows)]]])

    def save(self, path: Path) -> None:
        """Write the table, a NumPy array of rows."""
        rows = np.empty(len(self), dtype=_row_type(2 * self.codes.shape[1]))
        rows[_KEY], rows[_CODES] = self.keys, self.codes
        np.save(path, rows, allow_pickle=False)


class EncoderWithPhrases:
    """A query encoder that takes the vectors of phrases from a table, and asks the network `encoder` for all others."""

    def __init__(self, encoder: QueryEncoder, phrases: PhraseTable) -> None:
        self._encoder = encoder
        self._phrases = phrases

    @property
    def spec(self) -> EncoderSpec:
        """Identity of the encoder."""
        return self._encoder.spec

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        known = [self._phrases.vector(text) if is_short(text) else None for text in texts]
        unknown = [row for row, vector in enumerate(known) if vector is None]
        vectors = np.empty((len(texts), self.spec.dim), dtype=np.float32)
        for row, vector in enumerate(known):
            if vector is not None:
                vectors[row] = vector
        if unknown:
            vectors[unknown] = self._encoder.encode_queries([texts[row] for row in unknown])
        for row in unknown:
            if is_short(texts[row]):
                vectors[row] = self._corrected(texts[row], vectors[row])
        return vectors

    def _corrected(self, text: str, vector: FloatArray) -> FloatArray:
        meant = self._phrases.correction(text, vector)
        return vector if meant is None else unit(vector + np.float32(CORRECTION_WEIGHT) * meant)


def to_codes(vectors: FloatArray) -> Codes:
    """Return the codes of vectors of shape (n, dim) with unit norm, shape (n, dim / 2), uint8; `dim` is even."""
    levels = np.rint(vectors * np.float32(np.sqrt(vectors.shape[1]) / STEP) + _MIDDLE)
    nibbles = np.clip(levels, 0, _LEVELS - 1).astype(np.uint8)
    codes: Codes = nibbles[:, 0::2] * _LEVELS + nibbles[:, 1::2]
    return codes


def from_codes(codes: Codes) -> FloatArray:
    """Return the vectors of codes of shape (..., dim / 2), shape (..., dim), float32, unit norm."""
    levels = np.stack(np.divmod(codes, _LEVELS), axis=-1).reshape(*codes.shape[:-1], 2 * codes.shape[-1])
    return unit(levels.astype(np.float32) - np.float32(_MIDDLE))


def _row_type(dim: int) -> np.dtype[np.void]:
    return np.dtype([(_KEY, "<u8"), (_CODES, "u1", (dim // 2,))])
