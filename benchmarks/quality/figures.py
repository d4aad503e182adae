"""From raw records to figures: records in groups, with every measure of each group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality import metrics
from benchmarks.quality.metrics import Figure, NoMatch
from benchmarks.quality.run import BLENDS, Record
from benchmarks.quality.short import has_short_queries
from indexer.snapshot.text.language import UNDETERMINED


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one group of queries.

    `pool` is "en", "ar", "mixed" (both mixed pools together) or "alone". `half` is the language of the answer
    seen from the query: "all", "same", "cross" (the other language) or "both". For queries without a
    language it is the language of the answer.
    """

    corpus: str
    task: str
    pool: str
    variant: str
    query_language: str
    half: str
    measures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Preference:
    """Shares of the top ten and of the answers that are in the language of the query."""

    corpus: str
    variant: str
    query_language: str
    hits: Figure
    answers: Figure


@dataclass(frozen=True, slots=True)
class Signal:
    """The no-match signal from one language to another, by score or by relevance."""

    corpus: str
    variant: str
    query_language: str
    answer_language: str
    by: str
    found: NoMatch


@dataclass(frozen=True, slots=True)
class Comparison:
    """nDCG@10 of one group of queries with a `variant` and with the one that it is compared with, `base`.

    `difference` is the mean of the differences of single queries, with its own interval: that of a difference of two
    means would be wider.
    """

    corpus: str
    task: str
    pool: str
    query_language: str
    half: str
    variant: str
    base: str
    ours: Figure
    theirs: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    rows: list[Row]
    comparisons: list[Comparison]
    preferences: list[Preference]
    signals: list[Signal]

    def row(self, corpus: str, task: str, pool: str, variant: str, query_language: str, half: str) -> Row | None:
        """Return one row, or None if it was not measured."""
        wanted = (corpus, task, pool, variant, query_language, half)
        return next((row for row in self.rows if _key(row) == wanted), None)


def _key(row: Row) -> tuple[str, ...]:
    return (row.corpus, row.task, row.pool, row.variant, row.query_language, row.half)


def half_of(record: Record) -> str:
    """Return the language of a record's answer seen from the query, or by name if the query has no language."""
    if record.query_language == UNDETERMINED:
        return "+".join(record.answer_languages)
    if len(record.answer_languages) > 1:
        return "both"
    return "same" if record.answer_languages == [record.query_language] else "cross"


def compute(records: Sequence[Record]) -> Figures:
    """Compute all figures from raw records."""
    whole = [record for record in records if not record.pool.startswith("half-")]
    halves = [record for record in records if record.pool.startswith("half-")]
    return Figures(
        rows=list(_rows(whole)),
        comparisons=list(_comparisons(whole)),
        preferences=list(_preferences(filter(_has_language, whole))),
        signals=list(_signals(filter(_has_language, halves))),
    )


def _has_language(record: Record) -> bool:
    return record.query_language != UNDETERMINED


def _rows(records: Sequence[Record]) -> Iterable[Row]:
    groups: dict[tuple[str, str, str, str, str, str], list[Record]] = {}
    for record in records:
        pool = record.pool.split("-")[0]
        tasks = (record.task, "all") if record.corpus not in ("ntrex", "flores") else (record.task,)
        for task in tasks:
            for half in ("all", half_of(record)):
                key = (record.corpus, task, pool, record.variant, record.query_language, half)
                groups.setdefault(key, []).append(record)
    for key, some in groups.items():
        measures = {name: metrics.figure(metrics.per_query(some, name)) for name in metrics.MEASURES}
        yield Row(*key, measures=measures)


COMPARED = (
    ("neutral", "passage model"),
    ("hybrid", "neutral"),
    ("exact", "neutral"),
    *((blend, "hybrid") for blend in BLENDS),
)
"""Variants, each with the one that it is compared with."""


def _comparisons(records: Sequence[Record]) -> Iterable[Comparison]:
    """Compare variants on the queries that were searched with both."""
    groups: dict[tuple[str, str, str, str, str], dict[str, dict[tuple[str, str], Record]]] = {}
    for record in records:
        key = (record.corpus, record.task, record.pool.split("-")[0], record.query_language, half_of(record))
        corpus, task, pool, language, half = key
        tasks = (task, "all") if has_short_queries(corpus) else (task,)
        # In a pool of one language all answers are in the same half.
        halves = (half, "all") if pool == "mixed" else (half,)
        for some in ((corpus, one, pool, language, part) for one in tasks for part in halves):
            by_query = groups.setdefault(some, {}).setdefault(record.variant, {})
            by_query[record.pool, record.query] = record
    for key, by_variant in groups.items():
        for variant, base in COMPARED:
            ours, theirs = by_variant.get(variant, {}), by_variant.get(base, {})
            if ours and ours.keys() == theirs.keys():
                values = [
                    np.array(metrics.per_query([some[name] for name in sorted(some)], "nDCG@10"))
                    for some in (ours, theirs)
                ]
                figures = [metrics.figure(some.tolist()) for some in (values[0], values[1], values[0] - values[1])]
                yield Comparison(*key, variant, base, *figures)


def _preferences(records: Iterable[Record]) -> Iterable[Preference]:
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        if (
            record.pool.startswith("mixed") and record.task != "paragraph"
        ):  # the answers to these are always in the other language
            groups.setdefault((record.corpus, record.variant, record.query_language), []).append(record)
    for key, some in groups.items():
        yield Preference(*key, *metrics.own_language_share(some))


def _signals(records: Iterable[Record]) -> Iterable[Signal]:
    groups: dict[tuple[str, str, str, str], list[Record]] = {}
    for record in records:
        if record.task != "paragraph":
            language = record.pool.removeprefix("half-")
            groups.setdefault((record.corpus, record.variant, record.query_language, language), []).append(record)
    for key, some in groups.items():
        for by in ("score", "relevance"):
            yield Signal(*key, by, metrics.no_match(some, by=by))
