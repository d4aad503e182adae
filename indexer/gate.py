"""The gate: the checks that a new version must pass before it is published."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.content.columns import NO_TIMESTAMP
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.snapshot.errors import StoreError
from indexer.snapshot.files.edited_files import read_edited_lines
from indexer.snapshot.format.manifest import Counts
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import Snapshot, check_version, check_version_at, current_manifest, open_version_at
from indexer.snapshot.search.fields import MAX_HITS, Language, QueryText
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.diff import compare_corpora
from indexer.vectors.recall import RECALL_AT, recall_of_rows

USUAL_MAX_SHRINK = 0.2
"""Share of the articles, and of each language's paragraphs, that may be gone in the next version."""

SHRINK_FROM = 100
"""The default limit applies from this size: a few articles can lose a third in a night."""

USUAL_MIN_RECALL = 0.95
"""Lower than the 0.98 that an index is tuned to: the sample is small, and a small memory budget costs recall."""

_RECALL_QUERIES = 50
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a new version may differ from the published one; every limit is a share, 0 to 1.

    `max_shrink` is the greatest share of the articles, and of each language's paragraphs, that may be gone; None means
    0.2 of at least 100, and no limit for fewer. `max_change` is the greatest share of the remaining articles that may
    have changed; None means no limit. `min_recall` is the least recall@10 of each language's index.
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


def find_faults(
    store: StoreLayout,
    layout: VersionLayout,
    encoder: QueryEncoder,
    queries: FloatArray,
    limits: Limits,
    expired_before: int | None = None,
) -> list[str]:
    """Return the reasons why the version at `layout` must not be published; none if it may be.

    The version is read back from its files, as the service will read it. `encoder` encodes the canaries.
    Recall is measured with `queries`, shape (n, dim), float32, neutral vectors of unit norm. Articles that were meant
    to go are not missed: those taken down, and those published before `expired_before`, Unix seconds.
    """
    try:
        manifest, encoder_manifest = check_version_at(store, layout)
        snapshot = open_version_at(store, layout, manifest, encoder_manifest, ServingEncoders(encoder))
    except StoreError as error:
        return [str(error)]
    with snapshot:
        return [
            *_wrong_counts(snapshot),
            *_low_recall(snapshot, queries, limits.min_recall),
            *_failed_canaries(store, snapshot),
            *_excessive_changes(store, snapshot, limits, expired_before),
        ]


def _wrong_counts(snapshot: Snapshot) -> Iterator[str]:
    """Compare the manifest with the rows of the corpus; opening the snapshot has compared it with the index."""
    counts, corpus = snapshot.manifest.counts, snapshot.corpus
    actual = Counts.of(corpus, counts.rejected)
    if actual != counts:
        yield (
            f"its manifest counts {counts.articles:,} articles and {counts.paragraphs:,} paragraphs, "
            f"but there are {actual.articles:,} and {actual.paragraphs:,}"
        )


def _low_recall(snapshot: Snapshot, queries: FloatArray, min_recall: float) -> Iterator[str]:
    sample = evenly_spaced(queries, _RECALL_QUERIES)
    for language, index in snapshot.index.indexes.items():
        vectors = index.vectors
        recalls = [recall_of_rows(index.search(query, RECALL_AT)[0], vectors @ query) for query in sample]
        recall = float(np.mean(recalls)) if recalls else 1.0
        if recall < min_recall:
            kind = index.record.kind
            yield f"recall@10 of {kind} for {language} is {recall:.3f}, under {min_recall:g} (--min-recall)"


def read_canaries(store: StoreLayout) -> dict[str, Canary]:
    """Return the canaries of a store by their places in the file, "file:number"; none where there is no file.

    Raises:
        StoreError: a line cannot be used.
    """
    canaries = {}
    try:
        for line in read_edited_lines(store.canaries, Canary):
            if line.content is None:
                raise StoreError(line.problem)
            canaries[line.place] = line.content
    except FileNotFoundError:
        return {}
    return canaries


def _failed_canaries(store: StoreLayout, snapshot: Snapshot) -> Iterator[str]:
    try:
        canaries = read_canaries(store)
    except StoreError as error:
        yield str(error)
        return
    for place, canary in canaries.items():
        # An article that was taken down must not be found, which is no fault of the build.
        if canary.article_id not in snapshot.hidden and not _finds_its_article(canary, snapshot):
            found = f"does not find {canary.article_id!r} among its best {canary.k}"
            yield f"canary query {canary.query!r} {found} ({place})"


def _finds_its_article(canary: Canary, snapshot: Snapshot) -> bool:
    query = Query(TextTarget(canary.query, canary.query_language), k=canary.k)
    return any(hit.article.id == canary.article_id for hit in search(snapshot, query).hits)


def _excessive_changes(
    store: StoreLayout, snapshot: Snapshot, limits: Limits, expired_before: int | None
) -> Iterator[str]:
    try:
        published = current_manifest(store)
        check_version(store, published.version)
        with Corpus(store.version(published.version).corpus) as corpus:
            n_articles, n_paragraphs = _counts_to_keep(corpus, snapshot.hidden, expired_before)
    except StoreError:  # no version to compare with, or none that can be trusted: the new one replaces it
        return
    after = snapshot.manifest.counts
    sizes = {"articles": (n_articles, after.articles)} | {
        f"paragraphs in {language}": (n, after.paragraphs_by_language.get(language, 0))
        for language, n in n_paragraphs.items()
    }
    for name, (old, new) in sizes.items():
        limit = limits.max_shrink if limits.max_shrink is not None else USUAL_MAX_SHRINK if old >= SHRINK_FROM else 1.0
        if old - new > limit * old + _ROUNDING:
            yield f"{1 - new / old:.0%} of the {name} are gone, {new:,} of {old:,} are left (--max-shrink {limit:.0%})"
    if limits.max_change is not None:
        with Corpus(store.version(published.version).corpus) as corpus:
            diff = compare_corpora(corpus, snapshot.corpus)
        share = len(diff.changed) / max(1, published.counts.articles - len(diff.removed))
        if share > limits.max_change:
            yield (
                f"{share:.0%} of the remaining articles have changed, {len(diff.changed):,} of them "
                f"(--max-change {limits.max_change:.0%})"
            )


def _counts_to_keep(corpus: Corpus, hidden: Collection[str], expired_before: int | None) -> tuple[int, dict[str, int]]:
    """Return how many articles, and paragraphs by language, of a corpus were not meant to go."""
    columns = corpus.columns
    kept = np.ones(corpus.n_articles, dtype=np.bool_)
    kept[corpus.article_rows(hidden)] = False
    if expired_before is not None:
        kept &= (columns.timestamp == NO_TIMESTAMP) | (columns.timestamp >= expired_before)
    languages = columns.paragraph_language[kept[columns.article_of_paragraph]]
    counts = np.bincount(languages, minlength=len(columns.languages)).tolist()
    return int(np.count_nonzero(kept)), dict(zip(columns.languages, counts, strict=True))
