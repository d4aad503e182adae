"""From raw records to figures: how often the right sentence is shown, and the time it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median

from benchmarks.highlights.records import Case, Records


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Queries of one length and language over paragraphs of one language.

    `static` and `query` are the shares of right sentences with either encoder, `chance` that of a sentence by chance.
    `ms_ratio` is the median time with the static encoder over that with the query encoder.
    """

    n_words: int
    query_language: str
    text_language: str
    n: int
    chance: float
    static: float
    query: float
    ms_ratio: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    groups: list[GroupFigures]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""

    def key(case: Case) -> tuple[int, str, str]:
        return case.n_words, case.query_language, case.text_language

    return Figures([_figures(list(cases)) for _, cases in groupby(sorted(records.cases, key=key), key)])


def _figures(cases: Sequence[Case]) -> GroupFigures:
    first = cases[0]
    static, query = ([case for case in cases if case.encoder == name] for name in ("static", "query"))
    return GroupFigures(
        n_words=first.n_words,
        query_language=first.query_language,
        text_language=first.text_language,
        n=len(static),
        chance=fmean(1 / case.n_sentences for case in static),
        static=fmean(case.shown == case.right for case in static),
        query=fmean(case.shown == case.right for case in query),
        ms_ratio=median(case.ms for case in static) / median(case.ms for case in query),
    )
