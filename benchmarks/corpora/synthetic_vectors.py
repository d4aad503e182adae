"""Any number of synthetic vectors whose distribution resembles that of the vectors of a real corpus.

A synthetic vector is `unit(real[i] + noise_factor * noise)`. The noise is the difference of two random
real vectors divided by the square root of two, which has about unit length. So the noise has the same
principal directions as the corpus. White noise in 384 dimensions would put all neighbours at the same
distance, and rounding would decide which one is nearest.

The noise factor is fitted: with as many synthetic vectors as real ones, the median cosine between a
vector and its nearest other one must equal that of the real vectors. With more vectors neighbours come
closer, as in a growing corpus.
"""

from dataclasses import dataclass

import faiss
import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray, unit

CHUNK = 65_536
"""Number of vectors drawn at once: 100 MB with 384 dimensions."""

_SAMPLE = 500
_LARGEST_NOISE = 2.0
_STEPS = 10
_QUERIES, _FITTING = 1 << 32, 1 << 33  # random streams that no chunk uses


@dataclass(frozen=True, slots=True)
class SyntheticVectors:
    """Synthetic vectors around `real`, shape (n, dim), float32, unit norm; equal for equal seeds."""

    real: FloatArray
    noise_factor: float
    seed: int = 0

    def chunk(self, number: int, n: int) -> FloatArray:
        """Return `n` vectors of a chunk, shape (n, dim), float32, unit norm; chunks are independent."""
        rng = np.random.default_rng((self.seed, number))
        return self._around(self.real[rng.integers(0, len(self.real), n)], rng)

    def queries(self, held_out: FloatArray, n: int) -> FloatArray:
        """Return `n` vectors around `held_out` ones, which must not be in `real`, in shuffled order.

        Shape (n, dim), float32, unit norm.
        """
        rng = np.random.default_rng((self.seed, _QUERIES))
        rows = np.concatenate([rng.permutation(len(held_out)) for _ in range(-(-n // len(held_out)))])[:n]
        return self._around(held_out[rows], rng)

    def _around(self, points: FloatArray, rng: np.random.Generator) -> FloatArray:
        ends = rng.integers(0, len(self.real), (2, len(points)))
        noise = (self.real[ends[0]] - self.real[ends[1]]) * np.float32(self.noise_factor / np.sqrt(2))
        return unit(points + noise)


@dataclass(frozen=True, slots=True)
class NoiseFit:
    """The fitted noise factor `spread`, and the median cosines to the nearest other vector that were matched."""

    spread: float
    real_median: float
    synthetic_median: float


def fit_noise(real: FloatArray, seed: int = 0) -> NoiseFit:
    """Fit the noise factor by bisection: with more noise, neighbours are farther apart."""
    target = median_nearest_cosine(real)
    low, high = 0.0, _LARGEST_NOISE
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _synthetic_median(real, middle, seed) > target:
            low = middle
        else:
            high = middle
    noise_factor = round((low + high) / 2, 4)
    return NoiseFit(noise_factor, round(target, 4), round(_synthetic_median(real, noise_factor, seed), 4))


def median_nearest_cosine(vectors: FloatArray, sample: int = _SAMPLE) -> float:
    """Return the median cosine between up to `sample` of the vectors and their nearest other vector."""
    some = np.ascontiguousarray(vectors[:: max(1, len(vectors) // sample)])
    cosines, _ = faiss.knn(some, vectors, 2, metric=faiss.METRIC_INNER_PRODUCT)
    return float(np.median(cosines[:, 1]))  # column 0 is the vector itself, or an equal one


def _synthetic_median(real: FloatArray, noise_factor: float, seed: int) -> float:
    return median_nearest_cosine(SyntheticVectors(real, noise_factor, seed).chunk(_FITTING, len(real)))
