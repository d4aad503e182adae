"""What a new version has to pass before it is published, and why it may not be let through."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import Counts, read_manifest
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import Snapshot, check_layout, current_version, open_parts
from indexer.snapshot.search.ranking import Page, neutral_query, rank
from indexer.snapshot.text.language import detect_query_language
from indexer.store.diff import compare
from indexer.store.edited_files import read_store_lines
from indexer.vectors.recall import RECALL_AT, recall_of_rows

USUAL_MAX_SHRINK = 0.2
"""Share of articles, and of the paragraphs of each language, that may go from one version to the next."""

SHRINK_FROM = 100
"""Size from which the usual limit holds: a handful of articles may well lose a third in a night."""

USUAL_MIN_RECALL = 0.95
"""Under the 0.98 that an index is tuned to: the sample is small, and a tight memory budget costs recall."""

_RECALL_QUERIES = 50
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a new version may be from the published one; all are shares, 0 to 1.

    `max_shrink` bounds how many articles, and paragraphs of each language, may go; None stands for
    0.2 where there were at least 100 of them. `max_change` bounds how many of the articles that stay
    may have changed; None lets all of them. `min_recall` is the least recall@10 of a language's index.
    """

    max_shrink: float | None = None
    max_change: float | None = None
    min_recall: float = USUAL_MIN_RECALL


class Canary(BaseModel):
    """A query and the article that must be among its best `k`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
    article_id: Annotated[str, StringConstraints(min_length=1)]
    k: int = Field(default=10, ge=1, le=100)
    query_language: str | None = None


def reasons_against(
    store: StoreLayout,
    layout: VersionLayout,
    encoder: QueryEncoder,
    queries: FloatArray,
    limits: Limits,
) -> list[str]:
    """Return why the version at `layout` must not be published; nothing where it may.

    Everything is read again from its files, as the service will. `queries`, neutral and of shape
    (n, dim), are asked to measure recall.
    """
    try:
        manifest, encoder_manifest = check_layout(store, layout)
        snapshot = open_parts(store, layout, manifest, encoder_manifest, encoder)
    except StoreError as error:
        return [str(error)]
    try:
        return [
            *_wrong_counts(snapshot),
            *_low_recall(snapshot, queries, limits.min_recall),
            *_silent_canaries(store, snapshot),
            *_losses(store, snapshot, limits),
        ]
    finally:
        snapshot.close()


def _wrong_counts(snapshot: Snapshot) -> Iterator[str]:
    """Compare what the manifest says with the rows that are there; the index is compared when it is opened."""
    counts, corpus = snapshot.manifest.counts, snapshot.corpus
    languages, sizes = np.unique(corpus.paragraph_languages(), return_counts=True)
    found = Counts(
        corpus.n_articles,
        corpus.n_paragraphs,
        counts.rejected,
        dict(zip(languages.tolist(), sizes.tolist(), strict=True)),
    )
    if found != counts:
        yield (
            f"its manifest counts {counts.articles:,} articles and {counts.paragraphs:,} paragraphs, "
            f"but there are {found.articles:,} and {found.paragraphs:,}"
        )


def _low_recall(snapshot: Snapshot, queries: FloatArray, least: float) -> Iterator[str]:
    some = evenly_spaced(queries, _RECALL_QUERIES)
    for language, index in snapshot.index.indexes.items():
        recall = float(np.mean([_recall(index, query) for query in some])) if len(some) else 1.0
        if recall < least:
            yield f"recall@10 of {index.record.kind} for {language} is {recall:.3f}, under {least:g} (--min-recall)"


def _recall(index: VectorIndex, query: FloatArray) -> float:
    """Return recall@10 of one query, 0 to 1."""
    rows, _ = index.search(query, RECALL_AT)
    return recall_of_rows(rows, index.vectors @ query)


def _silent_canaries(store: StoreLayout, snapshot: Snapshot) -> Iterator[str]:
    try:
        for line in read_store_lines(store.canaries, Canary):
            canary = line.content
            if canary is None:
                yield line.problem
            # What was taken down is not to be found: that is no fault of the night's build.
            elif canary.article_id not in snapshot.hidden and not _sings(canary, snapshot):
                yield (
                    f"canary query {canary.query!r} does not find {canary.article_id!r} among its best {canary.k} "
                    f"({line.place})"
                )
    except FileNotFoundError:
        return
    except StoreError as error:
        yield str(error)


def _sings(canary: Canary, snapshot: Snapshot) -> bool:
    language = canary.query_language or detect_query_language(canary.query)
    vector = neutral_query(snapshot, snapshot.encoder.encode_queries([canary.query])[0], language)
    rows = rank(snapshot, vector, language, Page(canary.k), snapshot.filters.everything()).rows
    wanted = snapshot.corpus.article_rows([canary.article_id])
    return bool(np.isin(wanted, snapshot.corpus.columns.article_of_paragraph[rows]).any())


def _losses(store: StoreLayout, snapshot: Snapshot, limits: Limits) -> Iterator[str]:
    try:
        published = store.version(current_version(store))
        before, after = read_manifest(published.manifest).counts, snapshot.manifest.counts
    except StoreError:  # nothing to compare with, or nothing that could be trusted
        return
    sizes = {"articles": (before.articles, after.articles)} | {
        f"paragraphs in {language}": (n, after.paragraphs_by_language.get(language, 0))
        for language, n in before.paragraphs_by_language.items()
    }
    for what, (old, new) in sizes.items():
        limit = limits.max_shrink if limits.max_shrink is not None else USUAL_MAX_SHRINK if old >= SHRINK_FROM else 1.0
        if old - new > limit * old + _ROUNDING:
            yield f"{what} have become {1 - new / old:.0%} fewer, {new:,} of {old:,} (--max-shrink {limit:.0%})"
    if limits.max_change is not None:
        corpus = Corpus(published.corpus)
        try:
            diff = compare(corpus, snapshot.corpus)
        finally:
            corpus.close()
        share = len(diff.changed) / max(1, before.articles - len(diff.removed))
        if share > limits.max_change:
            yield (
                f"{share:.0%} of the articles that stay have changed, {len(diff.changed):,} of them "
                f"(--max-change {limits.max_change:.0%})"
            )
