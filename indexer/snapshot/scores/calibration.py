"""What a score means: how unlikely it would be if the corpus had no answer to the query.

Cosines of unrelated queries and paragraphs are distributed around zero, with a deviation that depends on the model, the
corpus and the pair of languages. A build measures mean and deviation for each pair of languages on its own headlines
and paragraphs. With N paragraphs in the language of a hit, the probability that none of N unrelated ones scores as high
is

    relevance(cosine) = Phi((cosine - mean) / deviation) ** N

with Phi the distribution function of the standard normal: near 1 for a score that chance does not explain, near 0 for
one that it does. The deviation is taken from the 99.9th percentile, because the tail decides, and real tails are
heavier than that of the normal distribution: pairs of texts on one subject make it heavier.

Cosines within one language have a larger deviation than those across two. In a ranking by bare cosines, chance
similarity in the language of the query would win over answers in the other language. A score is therefore the cosine
times a scale that brings every pair of languages to the same level:

    score = cosine * (mean level of all pairs / level of this pair)

The level is measured at the best of all paragraphs, where chance competes with answers. It is the deviation of a normal
distribution for which half of the queries would find nothing better among n unrelated paragraphs than they do find:

    level = (median over queries of their best cosine - mean) / Phi^-1(0.5 ** (1 / n))

The queries are the built-in ones, which belong to no corpus. The median is used because some of them do have an answer:
in a small corpus a few answers make up the whole tail.

A query has an answer if its best paragraphs are further above unrelated ones than those of queries whose answer is left
out (`vectors/left_out.py`). Distances are counted in deviations, as the mean over the best two paragraphs.

The vectors that a student has learned for short queries are not especially near to any paragraph: their cosines with
unrelated paragraphs have half the deviation. So short queries have a calibration of their own, with a student.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import erfc, exp, log1p, sqrt
from statistics import NormalDist, fmean
from typing import Annotated

import numpy as np
from pydantic import Field

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.text.query_length import QueryLength

CONFIDENT = 0.9
"""Least relevance of the best hit at which the answer counts as found, where nothing better is known."""

BEST_PARAGRAPHS = 2
"""Paragraphs that decide whether a query has an answer: of two, one may be near by chance."""

ANY_LANGUAGE = "*"
"""In a pair of languages: paragraphs of several."""

_TAIL = 0.999
_MIN_COSINES = 10_000
_MIN_DEVIATION = 1e-6


@dataclass(frozen=True, slots=True)
class BackgroundCosines:
    """Cosines of unrelated queries and paragraphs of one pair of languages.

    `cosines`, shape (n,), float32, are all of them. `best_by_query`, shape (n_queries,), is the best
    cosine, among `n_paragraphs`, of each query with which the level is measured.
    """

    cosines: FloatArray
    best_by_query: FloatArray
    n_paragraphs: int


@dataclass(frozen=True, slots=True)
class Background:
    """Cosines of unrelated pairs: their mean, the deviation that fits their upper tail, and their level (see above)."""

    mean: float
    deviation: Annotated[float, Field(alias="spread")]
    level: float

    @classmethod
    def measure(cls, unrelated: BackgroundCosines) -> "Background":
        """Measure the background of one pair of languages."""
        mean = float(unrelated.cosines.mean())
        deviation = (float(np.quantile(unrelated.cosines, _TAIL)) - mean) / NormalDist().inv_cdf(_TAIL)
        level = (float(np.median(unrelated.best_by_query)) - mean) / NormalDist().inv_cdf(
            0.5 ** (1 / unrelated.n_paragraphs)
        )
        return cls(round(mean, 6), round(max(deviation, _MIN_DEVIATION), 6), round(max(level, _MIN_DEVIATION), 6))


DEFAULT = Background(mean=0.0, deviation=0.1, level=0.08)
"""For corpora too small to measure: means over four language pairs of multilingual-e5-small on news."""

DEFAULT_SHORT = Background(mean=0.0, deviation=0.07, level=0.06)
"""The same for short queries, with the student of that model."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Backgrounds by pair of languages ("query>passage"), and one for all other pairs.

    With `equalised`, scores are scaled to one level; without, they are bare cosines. `short` is the calibration of
    short queries, if they have one of their own. `confident_from` is from how many deviations on the best paragraphs
    answer a query, by query language and the language of all paragraphs ("en>ar") or of several ("en>*").
    """

    by_pair: Mapping[str, Background]
    default: Background
    equalised: bool = True
    short: "Calibration | None" = None
    confident_from: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def measure(
        cls,
        unrelated: Mapping[tuple[str, str], BackgroundCosines],
        *,
        equalised: bool = True,
        default: Background = DEFAULT,
        short: "Calibration | None" = None,
    ) -> "Calibration":
        """Measure backgrounds by (query, passage) language.

        A pair with fewer than 10,000 cosines is not measured. All such pairs share one background,
        the mean of the measured ones, or `default` if there are none.
        """
        measured = {
            pair_key(*pair): Background.measure(cosines)
            for pair, cosines in sorted(unrelated.items())
            if cosines.cosines.size >= _MIN_COSINES
        }
        return cls(measured, _mean(list(measured.values())) or default, equalised, short)

    def of(self, length: QueryLength) -> "Calibration":
        """Return the calibration of queries of a length."""
        return self.short if length is QueryLength.SHORT and self.short else self

    def scale(self, query_language: str, passage_language: str) -> float:
        """Return the factor that turns a cosine of a pair of languages into a score."""
        return self._scale_of(self._background(query_language, passage_language))

    def level(self, query_language: str, passage_language: str) -> float:
        """Return the level of a pair of languages, in cosines."""
        return self._background(query_language, passage_language).level

    def relevance(self, score: float, query_language: str, passage_language: str, n_paragraphs: int) -> float:
        """Return the probability that no unrelated paragraph scores as high, 0 to 1.

        `n_paragraphs` is the number of paragraphs of the passage's language in the corpus.
        """
        above = 0.5 * erfc(self.deviations(score, query_language, passage_language) / sqrt(2))
        return exp(n_paragraphs * log1p(-above)) if above < 1 else 0.0

    def deviations(self, score: float, query_language: str, passage_language: str) -> float:
        """Return how many deviations a score is above the mean of unrelated paragraphs."""
        background = self._background(query_language, passage_language)
        return (score / self._scale_of(background) - background.mean) / background.deviation

    def least_deviations(self, query_language: str, passage_language: str | None = None) -> float | None:
        """Return from how many deviations on the best paragraphs answer a query; None if that was not measured.

        `passage_language` is that of all paragraphs that may be found, None if there are several. A query language that
        was not measured has the mean of the others.
        """
        for passages in (passage_language or ANY_LANGUAGE, ANY_LANGUAGE):
            own = self.confident_from.get(pair_key(query_language, passages))
            if own is not None:
                return own
            others = [least for pair, least in self.confident_from.items() if pair.endswith(pair_key("", passages))]
            if others:
                return fmean(others)
        return None

    def least_score(self, relevance: float, query_language: str, passage_language: str, n_paragraphs: int) -> float:
        """Return the score that has a relevance above 0 and below 1: the inverse of `relevance`."""
        background = self._background(query_language, passage_language)
        cosine = background.mean + background.deviation * NormalDist().inv_cdf(relevance ** (1 / n_paragraphs))
        return cosine * self._scale_of(background)

    def _scale_of(self, background: Background) -> float:
        return self.default.level / background.level if self.equalised else 1.0

    def _background(self, query_language: str, passage_language: str) -> Background:
        return self.by_pair.get(pair_key(query_language, passage_language), self.default)


def _mean(backgrounds: Sequence[Background]) -> Background | None:
    if not backgrounds:
        return None
    fields = zip(*((each.mean, each.deviation, each.level) for each in backgrounds), strict=True)
    return Background(*(round(fmean(values), 6) for values in fields))


def pair_key(query_language: str, passage_language: str) -> str:
    """Return the name of a pair of languages."""
    return f"{query_language}>{passage_language}"
