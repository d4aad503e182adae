"""Saved searches, run against only what is new: a morning's reading for each of them.

A paragraph is new when no paragraph of the earlier version has its id, which is made of its article
and its text. The whole version is searched as always, in all languages; what is not new is masked.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from indexer.alerts.atom import Entry, atom
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.snapshot.content.article import Published
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, check_version, current_version, open_snapshot
from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.ranking import Group, Page, neutral_query, rank, relevance
from indexer.snapshot.text.language import canonical_language, detect_query_language
from indexer.store.edited_files import read_store_lines
from indexer.store.publish import write_atomically


def _tags(value: object) -> object:
    """Let one tag or name, or several separated by commas, stand for a list of them."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class SavedSearch(BaseModel):
    """A search that is run after each build; the fields are those of a search over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
    query_language: str | None = None
    language: Annotated[tuple[str, ...], BeforeValidator(_tags)] = ()
    source: str | None = None
    published_from: str | None = None
    published_to: str | None = None
    k: int = Field(default=20, ge=1, le=100)
    min_relevance: float = Field(default=CONFIDENT, ge=0, le=1)

    @model_validator(mode="after")
    def _filters_can_be_understood(self) -> Self:
        _ = self.filters
        return self

    @property
    def filters(self) -> Filters:
        """What hits have to be."""
        return Filters(
            languages=tuple(canonical_language(tag) for tag in self.language),
            sources=(self.source,) if self.source else (),
            published_from=Published.parse(self.published_from) if self.published_from else None,
            published_to=Published.parse(self.published_to) if self.published_to else None,
        )


@dataclass(frozen=True, slots=True)
class Alert:
    """One new paragraph that a saved search has found; the best of its story: copies are one alert."""

    saved_search: str
    query: str
    rank: int
    score: float
    relevance: float
    article: dict[str, Any]
    paragraph: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is new in `version` since another one, and where it was written."""

    version: str
    since: str
    created_at: str
    n_searches: int
    n_new_paragraphs: int
    found: tuple[Alert, ...]
    lines: Path
    feed: Path


def run_alerts(store: StoreLayout, since: str) -> Alerts:
    """Run all saved searches against what the published version has and `since` had not, and write what they find.

    Raises:
        StoreNotFound: nothing is published, or there is no version `since`.
        StoreError: a version or a saved search cannot be used; the message has its line.
        OSError: the alerts cannot be written.
    """
    searches = read_saved_searches(store)
    version = current_version(store)
    check_version(store, since)
    snapshot = open_snapshot(store.root, version=version)
    try:
        new = _new_paragraphs(snapshot, store.version(since).corpus)
        vectors = CachedQueryEncoder(
            snapshot.encoder.spec, lambda: snapshot.encoder, store.cache, snapshot.encoder_manifest.edition
        )
        found = tuple(alert for saved in searches for alert in _run(saved, snapshot, new, vectors))
        created_at = snapshot.manifest.created_at
    finally:
        snapshot.close()
    layout = store.alerts(version)
    layout.root.mkdir(exist_ok=True)
    lines = [json.dumps({"version": version, "since": since, **asdict(alert)}, ensure_ascii=False) for alert in found]
    write_atomically(layout.lines, "".join(f"{line}\n" for line in lines))
    title = f"khabar: new since {since}"
    write_atomically(layout.feed, atom(f"urn:khabar:alerts:{version}", title, created_at, _entries(created_at, found)))
    n_new = sum(int(np.count_nonzero(mask)) for mask in new.values())
    return Alerts(version, since, created_at, len(searches), n_new, found, layout.lines, layout.feed)


def read_saved_searches(store: StoreLayout) -> list[SavedSearch]:
    """Return the saved searches of a store.

    Raises:
        StoreNotFound: there is no file of them.
        StoreError: a line cannot be used, or two have one id.
    """
    path = store.saved_searches
    searches: dict[str, SavedSearch] = {}
    try:
        for line in read_store_lines(path, SavedSearch):
            saved = line.content
            if saved is None:
                raise StoreError(line.problem)
            if saved.id in searches:
                raise StoreError(f"{line.place}: id {saved.id!r} stands there twice")
            searches[saved.id] = saved
    except FileNotFoundError as error:
        raise StoreNotFound(f"no saved searches: write them to {path}, one JSON object a line") from error
    return list(searches.values())


def _new_paragraphs(snapshot: Snapshot, earlier: Path) -> dict[str, Mask]:
    """Return which paragraphs are new, as a mask for each language."""
    corpus = Corpus(earlier)
    try:
        known = set(corpus.paragraph_ids())
    finally:
        corpus.close()
    new = np.array([one not in known for one in snapshot.corpus.paragraph_ids()], dtype=np.bool_)
    return {language: new[rows] for language, rows in snapshot.index.rows.items()}


def _run(saved: SavedSearch, snapshot: Snapshot, new: dict[str, Mask], vectors: CachedQueryEncoder) -> Iterator[Alert]:
    language = saved.query_language or detect_query_language(saved.query)
    vector = neutral_query(snapshot, vectors.encode_queries([saved.query])[0], language)
    allowed = snapshot.filters.among(saved.filters, new)
    ranking = rank(snapshot, vector, language, Page(saved.k, group=Group.STORY), allowed)
    rows = ranking.rows.tolist()
    hits = zip(rows, ranking.scores.tolist(), snapshot.corpus.hits(rows), strict=True)
    for place, (row, score, (article, paragraph)) in enumerate(hits, start=1):
        sure = relevance(snapshot, row, score, language)
        if sure < saved.min_relevance:
            continue
        yield Alert(
            saved_search=saved.id,
            query=saved.query,
            rank=place,
            score=round(score, 6),
            relevance=sure,
            article={
                "id": article.id,
                "title": article.title,
                "language": article.language,
                "source": article.source,
                "url": article.url,
                "published_at": article.published.text if article.published else None,
            },
            paragraph=asdict(paragraph),
        )


def _entries(created_at: str, alerts: tuple[Alert, ...]) -> list[Entry]:
    return [
        Entry(
            id=f"urn:khabar:alert:{quote(alert.saved_search, '')}:{quote(alert.paragraph['id'], '')}",
            title=f"{alert.saved_search}: {alert.article['title'] or alert.article['id']}",
            updated=created_at,
            link=alert.article["url"],
            author=alert.article["source"] or "khabar",
            language=alert.article["language"],
            text=alert.paragraph["text"],
            category=alert.saved_search,
        )
        for alert in alerts
    ]
