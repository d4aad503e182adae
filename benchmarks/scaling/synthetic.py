"""Any number of vectors that lie about as real ones do, drawn around those of a real corpus.

A synthetic vector is `unit(real[i] + spread * noise)`, and the noise is the difference of two
random real vectors over the square root of two, which has about unit length. So it varies along
the directions in which the corpus varies, and as much along each: white noise in 384 dimensions
would put all neighbours at one distance, and what is nearest would be decided by rounding.

`spread` is fitted: with as many synthetic vectors as there are real ones, the median cosine of a
vector to its nearest other one has to be what it is among the real ones. With more vectors
neighbours come closer, as they do in a corpus that grows.
"""

from dataclasses import dataclass

import faiss
import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray, unit

CHUNK = 65_536
"""Vectors drawn at once: 100 MB at 384 dimensions."""

_SAMPLE = 500
_MOST_SPREAD = 2.0
_STEPS = 10
_QUERIES, _FITTING = 1 << 32, 1 << 33  # streams of random numbers beside those of the chunks


@dataclass(frozen=True, slots=True)
class Cloud:
    """Vectors around `real`, shape (n, dim), float32, unit norm; the same ones for the same seed."""

    real: FloatArray
    spread: float
    seed: int = 0

    def chunk(self, number: int, n: int) -> FloatArray:
        """Return `n` vectors of a chunk, shape (n, dim), float32, unit norm; chunks are independent."""
        rng = np.random.default_rng((self.seed, number))
        return self._around(self.real[rng.integers(0, len(self.real), n)], rng)

    def queries(self, held_out: FloatArray, n: int) -> FloatArray:
        """Return `n` vectors drawn around real ones that no chunk is drawn around, in shuffled order."""
        rng = np.random.default_rng((self.seed, _QUERIES))
        rows = np.concatenate([rng.permutation(len(held_out)) for _ in range(-(-n // len(held_out)))])[:n]
        return self._around(held_out[rows], rng)

    def _around(self, points: FloatArray, rng: np.random.Generator) -> FloatArray:
        ends = rng.integers(0, len(self.real), (2, len(points)))
        noise = (self.real[ends[0]] - self.real[ends[1]]) * np.float32(self.spread / np.sqrt(2))
        return unit(points + noise)


@dataclass(frozen=True, slots=True)
class Fit:
    """The spread that was found, and the median cosines to the nearest other vector it was found by."""

    spread: float
    real_median: float
    synthetic_median: float


def fit(real: FloatArray, seed: int = 0) -> Fit:
    """Find the spread by bisection: the more of it, the farther are neighbours."""
    wanted = nearest_median(real)
    low, high = 0.0, _MOST_SPREAD
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _synthetic_median(real, middle, seed) > wanted:
            low = middle
        else:
            high = middle
    spread = round((low + high) / 2, 4)
    return Fit(spread, round(wanted, 4), round(_synthetic_median(real, spread, seed), 4))


def nearest_median(vectors: FloatArray, sample: int = _SAMPLE) -> float:
    """Return the median cosine between up to `sample` of the vectors and their nearest other one."""
    some = np.ascontiguousarray(vectors[:: max(1, len(vectors) // sample)])
    cosines, _ = faiss.knn(some, vectors, 2, metric=faiss.METRIC_INNER_PRODUCT)
    return float(np.median(cosines[:, 1]))  # the first is the vector itself, or an equal one


def _synthetic_median(real: FloatArray, spread: float, seed: int) -> float:
    return nearest_median(Cloud(real, spread, seed).chunk(_FITTING, len(real)))
