"""Builds a version of the articles and finds its events by several rules, with the code of a build."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.events.articles import Titles
from benchmarks.events.records import RuleRun, TimeRun
from indexer.build import build
from indexer.gate import Limits
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.columns import CodeLists, Columns, ParagraphRow
from indexer.snapshot.content.names import Names
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.vectors.events import EventRule, find_events

MARGINS_ACROSS = (0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.24)
MARGINS_WITHIN = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
SYNTHETIC_PER_DAY = 1_000
_DAY_S = 86_400
_SEED = 3


def measure_rules(source: Path, store: Path, titles: Titles, reporter: Reporter) -> Iterator[RuleRun]:
    """Build a version in a store and yield its events by each rule, the one that a build uses among them."""
    build([source], store, reporter, limits=Limits(max_shrink=1.0))
    rule = EventRule()
    across = sorted({*MARGINS_ACROSS, rule.margin_across})
    within = sorted({*MARGINS_WITHIN, rule.margin_within} - {rule.margin_within})
    with open_snapshot(store) as snapshot:
        vectors = neutral_vectors(snapshot)
        summaries = snapshot.corpus.hits(_first_paragraphs(snapshot.corpus.columns))
        ids = [article.id for article, _ in summaries]
        for margins in [
            *((margin, rule.margin_within) for margin in across),
            *((rule.margin_across, margin) for margin in within),
        ]:
            found = find_events(vectors, snapshot.corpus.columns, EventRule(*margins))
            yield RuleRun(titles, *margins, [[ids[row] for row in event] for event in _groups(found)])


def neutral_vectors(snapshot: Snapshot) -> FloatArray:
    """Return the neutral vectors of all paragraphs of a version by row, shape (n, dim), float32."""
    vectors = np.empty((snapshot.index.size, snapshot.manifest.encoder.dim), dtype=np.float32)
    for language, index in snapshot.index.indexes.items():
        vectors[snapshot.index.rows[language]] = index.vectors
    return vectors


def measure_time(n_articles: int) -> TimeRun:
    """Find the events of random articles in two languages, 1,000 a day, a fifth of them similar to another one."""
    rng = np.random.default_rng(_SEED)
    vectors = unit(rng.standard_normal((n_articles, 384), dtype=np.float32))
    copies = np.arange(0, n_articles - 1, 5)
    vectors[copies] = unit(vectors[copies + 1] + 0.5 * vectors[copies])
    days = max(1, n_articles // SYNTHETIC_PER_DAY)
    rows = np.arange(n_articles, dtype=np.int32)
    languages = rng.integers(0, 2, n_articles).astype(np.int32)
    timestamps = np.sort(rng.integers(0, days * _DAY_S, n_articles))
    no_names, nothing = Names.exactly(()), np.full_like(rows, -1)
    columns = Columns(
        article_of_paragraph=rows,
        paragraph_language=languages,
        language=languages,
        source=nothing,
        timestamp=timestamps,
        story=rows,
        event=rows,
        languages=("ar", "en"),
        sources=no_names,
        author=nothing,
        authors=no_names,
        tag=CodeLists.of(np.zeros(n_articles, dtype=np.int64), np.empty(0, dtype=np.int32)),
        tags=no_names,
    )
    wall, cpu = time.perf_counter(), time.process_time()
    find_events(vectors, columns)
    return TimeRun(n_articles, days, round(time.process_time() - cpu, 1), round(time.perf_counter() - wall, 1))


def _first_paragraphs(columns: Columns) -> Sequence[ParagraphRow]:
    rows = np.searchsorted(columns.article_of_paragraph, np.arange(len(columns.language)))
    return [ParagraphRow(row) for row in rows.tolist()]


def _groups(event: np.ndarray) -> Iterator[list[int]]:
    """Yield the rows of each event with more than one article."""
    order = np.argsort(event, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(event[order])) + 1):
        if len(rows) > 1:
            yield rows.tolist()
