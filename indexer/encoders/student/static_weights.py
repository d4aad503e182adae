"""The network behind a static encoder, and the vectors of tokens that it gives.

    hidden = relu(U e + b)
    vector = exp(min(w . hidden + c, MOST_SAID)) * (L e + V hidden + d)

`e` is the word embedding of a token as the query encoder has it, in 8 bits, divided by `scale`. The first factor is
how much the token says. A shipped static encoder is this network of half a megabyte; the table of all vectors, which is
a hundred times as large, is computed when the encoder is written into a store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.encoder.static_encoder import TokenVectors
from indexer.snapshot.errors import ModelError

MOST_SAID = 3.0
"""Bound of how much a token says, for tokens unlike all that were trained; these stay far below it."""

_ROWS_AT_ONCE = 8_192
_MOST_LEVEL = 127

_SCALES = " scales"
"""What follows the name of a matrix in the name of its scales."""

Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StaticWeights:
    """Weights of the network, float32; `width` is the number of components of a word embedding.

    `projection`, shape (dim, dim of the query encoder), brings query vectors into the space of the tokens' vectors.
    `linear` (dim, width) and `linear_bias` (dim,) are L and d above, `hidden` (n_hidden, width) and `hidden_bias`
    (n_hidden,) U and b, `output` (dim, n_hidden) is V, `weight` (n_hidden,) and `weight_bias` (1,) are w and c.
    `scale` (1,) divides 8-bit levels less their zero point; a component v becomes round(v / step) in 8 bits (1,).
    """

    projection: FloatArray
    linear: FloatArray
    linear_bias: FloatArray
    hidden: FloatArray
    hidden_bias: FloatArray
    output: FloatArray
    weight: FloatArray
    weight_bias: FloatArray
    scale: FloatArray
    step: FloatArray

    def save(self, path: Path) -> None:
        """Write a NumPy archive: matrices in 8 bits with a scale for each row, everything else in 32 bits."""
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for each in fields(self):
            weights: FloatArray = getattr(self, each.name)
            if weights.ndim == 2:
                scales = np.abs(weights).max(axis=1, keepdims=True) / _MOST_LEVEL
                arrays[each.name + _SCALES] = scales
                arrays[each.name] = np.rint(weights / np.where(scales == 0, 1, scales)).astype(np.int8)
            else:
                arrays[each.name] = weights
        with path.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]  # keywords are arrays too

    @classmethod
    def open(cls, path: Path) -> "StaticWeights":
        """Read weights; raises ModelError if the file holds none."""
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                return cls(**{each.name: _read(archive, each.name) for each in fields(cls)})
        except Exception as error:  # damaged archives give errors of zipfile, numpy and its parser of Python
            raise ModelError(f"{path} holds no weights of a static encoder: {error}") from error

    def vectors(self, levels: Levels, zero_point: int) -> FloatArray:
        """Return the vectors of tokens from their embeddings in 8 bits, shape (n, width): shape (n, dim), float32."""
        embeddings = (levels.astype(np.float32) - zero_point) / self.scale
        hidden = np.maximum(embeddings @ self.hidden.T + self.hidden_bias, 0)
        says = np.exp(np.minimum(hidden @ self.weight + self.weight_bias, MOST_SAID))[:, None]
        vectors: FloatArray = says * (embeddings @ self.linear.T + self.linear_bias + hidden @ self.output.T)
        return vectors

    def table(self, levels: Levels, zero_point: int) -> TokenVectors:
        """Return the vectors of all tokens, from the table of word embeddings: shape (vocabulary, dim), int8."""
        table = np.empty((len(levels), len(self.projection)), dtype=np.int8)
        for start in range(0, len(levels), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            rounded = np.rint(self.vectors(levels[rows], zero_point) / self.step)
            table[rows] = np.clip(rounded, -_MOST_LEVEL, _MOST_LEVEL)
        return table


def _read(archive: Mapping[str, npt.NDArray[np.generic]], name: str) -> FloatArray:
    weights = archive[name].astype(np.float32)
    return weights * archive[name + _SCALES].astype(np.float32) if weights.ndim == 2 else weights
