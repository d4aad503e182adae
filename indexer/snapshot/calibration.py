"""What a score means: how unusual it would be if the corpus held nothing on the query.

Scores of unrelated query-paragraph pairs spread around zero, by an amount that depends on the
model, the corpus and the pair of languages. A build measures mean and spread for each pair of
languages on its own headlines and paragraphs. With N paragraphs in the language of a hit, the
chance that none of N unrelated ones would have scored as high is

    relevance(cosine) = Phi((cosine - mean) / spread) ** N

with Phi the distribution function of the standard normal: near 1 for a score that chance does not
explain, near 0 for one that it does. The spread is taken from the 99.9th percentile, because the
tail decides and real tails are heavier than the normal one: pairs that share a subject make it.

Pairs of one language spread wider than pairs of two. Ranking by bare cosines would let chance
likeness in the query's own language win over answers in the other; so a score is the cosine times
a scale that brings every pair to the same spread:

    score = cosine * (spread of all pairs / spread of this pair)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, log1p, sqrt
from statistics import NormalDist

import numpy as np

from indexer.snapshot.encoder import FloatArray

CONFIDENT = 0.9
"""Relevance of the best hit from which an answer counts as found."""

_TAIL = 0.999
_MIN_PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class Background:
    """Scores of unrelated pairs: their mean, and the deviation that fits their upper tail."""

    mean: float
    spread: float

    @classmethod
    def measure(cls, scores: FloatArray) -> "Background":
        """Measure the background from scores of unrelated pairs, any shape."""
        mean = float(scores.mean())
        spread = (float(np.quantile(scores, _TAIL)) - mean) / NormalDist().inv_cdf(_TAIL)
        return cls(round(mean, 6), round(max(spread, 1e-6), 6))


DEFAULT = Background(mean=0.0, spread=0.1)
"""For corpora too small to measure: multilingual-e5-small on news, mean over four language pairs."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Backgrounds by query language and passage language, and one for all other pairs.

    `equalised` tells whether scores are scaled to one spread; without it they are bare cosines.
    """

    by_pair: Mapping[str, Background]
    default: Background
    equalised: bool = True

    @classmethod
    def measure(
        cls, scores: Mapping[tuple[str, str], Sequence[FloatArray]], *, equalised: bool = True
    ) -> "Calibration":
        """Measure backgrounds from scores of unrelated pairs, by (query, passage) language.

        Pairs of languages with under 10,000 scores share one background with all other pairs.
        """
        pooled = {pair: np.concatenate([*map(np.ravel, some)]) for pair, some in scores.items() if some}
        every = np.concatenate([*pooled.values()]) if pooled else np.empty(0, dtype=np.float32)
        return cls(
            by_pair={
                _key(*pair): Background.measure(values)
                for pair, values in sorted(pooled.items())
                if values.size >= _MIN_PAIRS
            },
            default=Background.measure(every) if every.size >= _MIN_PAIRS else DEFAULT,
            equalised=equalised,
        )

    def scale(self, query_language: str, passage_language: str) -> float:
        """Return what cosines of a pair of languages are multiplied by to be scores."""
        return (
            self.default.spread / self._background(query_language, passage_language).spread if self.equalised else 1.0
        )

    def relevance(self, score: float, query_language: str, passage_language: str, n_paragraphs: int) -> float:
        """Return how surely a score is more than chance, 0 to 1.

        `n_paragraphs` is the number of paragraphs of the passage's language in the corpus.
        """
        background = self._background(query_language, passage_language)
        cosine = score / self.scale(query_language, passage_language)
        above = 0.5 * erfc((cosine - background.mean) / background.spread / sqrt(2))
        return exp(n_paragraphs * log1p(-above)) if above < 1 else 0.0

    def _background(self, query_language: str, passage_language: str) -> Background:
        return self.by_pair.get(_key(query_language, passage_language), self.default)


def _key(query_language: str, passage_language: str) -> str:
    return f"{query_language}>{passage_language}"
