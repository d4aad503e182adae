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
a scale that brings every pair to the same level:

    score = cosine * (mean level of all pairs / level of this pair)

The level is measured where chance competes with answers, at the best of all paragraphs: it is the
deviation at which half of the queries would find nothing better among n unrelated paragraphs than
what they do find,

    level = (median over queries of their best cosine - mean) / Phi^-1(0.5 ** (1 / n))

and the queries are the built-in ones, which belong to no corpus. A median, because some of them
have an answer all the same: in a small corpus a handful of answers makes up the whole tail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, exp, log1p, sqrt
from statistics import NormalDist, fmean
from typing import Annotated

import numpy as np
from pydantic import Field

from indexer.snapshot.encoder.query_encoder import FloatArray

CONFIDENT = 0.9
"""Relevance of the best hit from which an answer counts as found."""

_TAIL = 0.999
_MIN_PAIRS = 10_000
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class UnrelatedCosines:
    """Cosines of queries and paragraphs that have nothing to do with each other.

    `cosines` are all of them; `best`, shape (n_queries,), is the best of each query that measures
    the level, among `n_paragraphs`.
    """

    cosines: FloatArray
    best: FloatArray
    n_paragraphs: int


@dataclass(frozen=True, slots=True)
class Background:
    """Cosines of unrelated pairs: their mean, the deviation that fits their upper tail, and the level."""

    mean: float
    deviation: Annotated[float, Field(alias="spread")]
    level: float

    @classmethod
    def measure(cls, unrelated: UnrelatedCosines) -> "Background":
        """Measure the background of one pair of languages."""
        mean = float(unrelated.cosines.mean())
        deviation = (float(np.quantile(unrelated.cosines, _TAIL)) - mean) / NormalDist().inv_cdf(_TAIL)
        level = (float(np.median(unrelated.best)) - mean) / NormalDist().inv_cdf(0.5 ** (1 / unrelated.n_paragraphs))
        return cls(round(mean, 6), round(max(deviation, _LEAST), 6), round(max(level, _LEAST), 6))


DEFAULT = Background(mean=0.0, deviation=0.1, level=0.08)
"""For corpora too small to measure: multilingual-e5-small on news, mean over four language pairs."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Backgrounds by query language and passage language, and one for all other pairs.

    `equalised` tells whether scores are scaled to one level; without it they are bare cosines.
    """

    by_pair: Mapping[str, Background]
    default: Background
    equalised: bool = True

    @classmethod
    def measure(cls, unrelated: Mapping[tuple[str, str], UnrelatedCosines], *, equalised: bool = True) -> "Calibration":
        """Measure backgrounds by (query, passage) language.

        Pairs of languages with under 10,000 cosines share one background with all other pairs: the
        mean of those that were measured.
        """
        measured = {
            _key(*pair): Background.measure(some)
            for pair, some in sorted(unrelated.items())
            if some.cosines.size >= _MIN_PAIRS
        }
        return cls(by_pair=measured, default=_mean(list(measured.values())) or DEFAULT, equalised=equalised)

    def scale(self, query_language: str, passage_language: str) -> float:
        """Return what cosines of a pair of languages are multiplied by to be scores."""
        return self.default.level / self._background(query_language, passage_language).level if self.equalised else 1.0

    def relevance(self, score: float, query_language: str, passage_language: str, n_paragraphs: int) -> float:
        """Return how surely a score is more than chance, 0 to 1.

        `n_paragraphs` is the number of paragraphs of the passage's language in the corpus.
        """
        background = self._background(query_language, passage_language)
        cosine = score / self.scale(query_language, passage_language)
        above = 0.5 * erfc((cosine - background.mean) / background.deviation / sqrt(2))
        return exp(n_paragraphs * log1p(-above)) if above < 1 else 0.0

    def _background(self, query_language: str, passage_language: str) -> Background:
        return self.by_pair.get(_key(query_language, passage_language), self.default)


def _mean(backgrounds: Sequence[Background]) -> Background | None:
    if not backgrounds:
        return None
    parts = zip(*((one.mean, one.deviation, one.level) for one in backgrounds), strict=True)
    return Background(*(round(fmean(part), 6) for part in parts))


def _key(query_language: str, passage_language: str) -> str:
    return f"{query_language}>{passage_language}"
