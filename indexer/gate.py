"""What a new version has to pass before it is published, and why it may not be let through."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from indexer.embedding.query_texts import spread
from indexer.embedding.query_vectors import QueryVectors
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.manifest import Counts, read_manifest
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import Snapshot, check_layout, current_version, open_parts
from indexer.snapshot.search.fields import MAX_HITS, Language, QueryText
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.diff import compare_corpora
from indexer.store.edited_files import read_edited_lines

USUAL_MAX_SHRINK = 0.2
"""Share of articles, and of the paragraphs of each language, that may go from one version to the next."""

SHRINK_FROM = 100
"""Size from which the usual limit holds: a handful of articles may well lose a third in a night."""

USUAL_MIN_RECALL = 0.95
"""Under the 0.98 that an index is tuned to: the sample is small, and a tight memory budget costs recall."""

_RECALL_AT = 10
_RECALL_QUERIES = 50
_SAME_SCORE = 1e-5
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

    query: QueryText
    article_id: Annotated[str, StringConstraints(min_length=1)]
    k: int = Field(default=10, ge=1, le=MAX_HITS)
    query_language: Language = None


def reasons_against(
    store: StoreLayout,
    layout: VersionLayout,
    encoder: QueryEncoder,
    queries: FloatArray,
    vectors: QueryVectors,
    limits: Limits,
) -> list[str]:
    """Return why the version at `layout` must not be published; nothing where it may.

    Everything is read again from its files, as the service will. `queries`, neutral and of shape
    (n, dim), are asked to measure recall; `vectors` encodes the canaries.
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
            *_failed_canaries(store, snapshot, vectors),
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
    some = np.stack(spread(list(queries), _RECALL_QUERIES)) if len(queries) else queries
    for language, index in snapshot.index.indexes.items():
        recall = float(np.mean([_recall(index, query) for query in some])) if len(some) else 1.0
        if recall < least:
            yield f"recall@10 of {index.record.kind} for {language} is {recall:.3f}, under {least:g} (--min-recall)"


def _recall(index: VectorIndex, query: FloatArray) -> float:
    """Return the share of the true best ten that is found; what scores as high as the tenth counts as one of them."""
    cosines = index.vectors @ query
    k = min(_RECALL_AT, len(cosines))
    rows, _ = index.search(query, k)
    return float(np.count_nonzero(cosines[rows] >= np.partition(cosines, -k)[-k] - _SAME_SCORE)) / k


def _failed_canaries(store: StoreLayout, snapshot: Snapshot, vectors: QueryVectors) -> Iterator[str]:
    try:
        for line in read_edited_lines(store.canaries, Canary):
            canary = line.content
            if canary is None:
                yield line.problem
            # What was taken down is not to be found: that is no fault of the night's build.
            elif canary.article_id not in snapshot.hidden and not _finds_its_article(canary, snapshot, vectors):
                yield (
                    f"canary query {canary.query!r} does not find {canary.article_id!r} among its best {canary.k} "
                    f"({line.place})"
                )
    except FileNotFoundError:
        return
    except StoreError as error:
        yield str(error)


def _finds_its_article(canary: Canary, snapshot: Snapshot, vectors: QueryVectors) -> bool:
    query = Query(TextTarget(canary.query, canary.query_language), k=canary.k)
    hits = search(snapshot, query, encode=lambda text: vectors.encode([text])[0]).hits
    return any(hit.article.id == canary.article_id for hit in hits)


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
            diff = compare_corpora(corpus, snapshot.corpus)
        finally:
            corpus.close()
        share = len(diff.changed) / max(1, before.articles - len(diff.removed))
        if share > limits.max_change:
            yield (
                f"{share:.0%} of the articles that stay have changed, {len(diff.changed):,} of them "
                f"(--max-change {limits.max_change:.0%})"
            )
