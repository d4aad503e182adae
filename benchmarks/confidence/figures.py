"""From raw records to figures: how often an answer is confident, with an answer in the corpus and without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.stats import rankdata

from benchmarks.confidence.records import Case, Records


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The queries of one corpus, language and length over one pool.

    `right` is the share of confident ones of the `n_right` searches whose first hit is an answer. `absent` is that of
    the `n_absent` whose subject the corpus lacks, and `named` that of the `n_named` whose words stand in some paragraph
    although all articles on the subject are left out; None without any. `auc` is the area under the ROC curve of the
    margin, between searches with an answer and those without their subject.
    """

    corpus: str
    language: str
    is_short: bool
    pool: str
    n_right: int
    right: float | None
    n_absent: int
    absent: float | None
    n_named: int
    named: float | None
    auc: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    groups: list[GroupFigures]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""

    def key(case: Case) -> tuple[str, str, bool, str]:
        return case.corpus, case.pool, case.is_short, case.language

    ordered = sorted(records.cases, key=key)
    return Figures([_figures(list(cases)) for _, cases in groupby(ordered, key)])


def _figures(cases: Sequence[Case]) -> GroupFigures:
    answered = [case for case in cases if case.has_answer]
    right = [case for case in answered if case.is_right]
    absent = [case for case in cases if not case.has_answer and not _is_named(case)]
    named = [case for case in cases if not case.has_answer and _is_named(case)]
    first = cases[0]
    return GroupFigures(
        corpus=first.corpus,
        language=first.language,
        is_short=first.is_short,
        pool=first.pool,
        n_right=len(right),
        right=_share(right),
        n_absent=len(absent),
        absent=_share(absent),
        n_named=len(named),
        named=_share(named),
        auc=_auc(answered, absent),
    )


def _is_named(case: Case) -> bool:
    """Return whether words decide: those of a longer query stand together by chance hardly ever."""
    return case.is_short and case.has_words


def _share(cases: Sequence[Case]) -> float | None:
    return sum(case.confident for case in cases) / len(cases) if cases else None


def _auc(answered: Sequence[Case], absent: Sequence[Case]) -> float | None:
    """Return the area under the ROC curve: the share of pairs in the right order, ties as halves."""
    if not (answered and absent):
        return None
    margins = [_margin(case) for case in (*answered, *absent)]
    n = len(answered)
    return float((rankdata(margins)[:n].sum() - n * (n + 1) / 2) / (n * len(absent)))


def _margin(case: Case) -> float:
    """Return the margin; where words decide, it is infinite: below zero if nothing is found, as with quotes."""
    if case.margin is None:
        return np.inf if case.confident else -np.inf
    return case.margin
