"""Filters, groups, orders, modes, pages and facets all together, against plain Python over every paragraph."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, Paragraph, PublicationTime
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.relevant import least_scores
from indexer.snapshot.search.rerank import FLOOR_RELEVANCE, FLOOR_STRENGTH, greatest_gain
from indexer.snapshot.search.search import search
from indexer.snapshot.search.sort import LEAST_GROUPS
from indexer.snapshot.search.understand import understand
from indexer.snapshot.text.word_forms import word_forms
from indexer.snapshot.text.words import words
from tests.conftest import make_article
from tests.fakes import publish_fake_store

VOCABULARY = {
    "en": ("treaty", "earthquake", "elections", "moon", "canal", "storm", "strike", "museum", "match", "bank"),
    "ar": ("معاهدة", "زلزال", "الانتخابات", "القمر", "وقناة", "عاصفة", "بإضراب", "متحف", "مباراة", "بنك"),
}
SOURCES = (None, "Post", "Ledger", "الضفة")
DAYS = (None, "2024-05-13", "2024-05-14", "2024-06-14", "2025-01-01")


def random_articles(n: int) -> list[Article]:
    rng = random.Random(8)
    articles = []
    for number in range(n):
        language = rng.choice(["en", "ar"])
        paragraphs = [" ".join(rng.choices(VOCABULARY[language], k=11)) + "." for _ in range(rng.randint(1, 3))]
        title = " ".join(rng.choices(VOCABULARY[language], k=2)) if rng.random() < 0.5 else None
        article = make_article(
            f"{number:03d}",
            language,
            *paragraphs,
            title=title,
            source=rng.choice(SOURCES),
            published=rng.choice(DAYS),
        )
        tags = tuple(rng.sample(["oil", "sport", "رأي"], rng.randint(0, 2)))
        articles.append(replace(article, tags=tags, author=rng.choice([None, "Sara Adel", "منى"])))
    return articles


ARTICLES = random_articles(70)
BY_ID = {article.id: article for article in ARTICLES}


@pytest.fixture(scope="module", params=[None, 3], ids=["whole", "three shards"])
def snapshot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp("combinations")
    events = [("000", "001", "002"), ("010", "030")]
    publish_fake_store(root, ARTICLES, events=events, n_shards=request.param)
    with open_snapshot(root) as opened:
        yield opened


@dataclass(frozen=True)
class Found:
    """A paragraph in the order of relevance, the score of its place, and its `own` one, by meaning alone."""

    row: int
    article: Article
    paragraph: Paragraph
    score: float
    own: float


def passes(article: Article, filters: Filters) -> bool:
    published = article.published
    return (
        (not filters.sources or article.source in filters.sources)
        and article.source not in filters.excluded_sources
        and (not filters.tags or bool(set(article.tags) & set(filters.tags)))
        and not set(article.tags) & set(filters.excluded_tags)
        and (not filters.authors or article.author in filters.authors)
        and (
            filters.published_from is None
            or (published is not None and published.timestamp >= filters.published_from.timestamp)
        )
    )


def holds(article: Article, paragraph: Paragraph, forms: tuple[str, ...]) -> bool:
    return any(word.folded in forms for text in (article.title or "", paragraph.text) for word in words(text))


def ranking(
    snapshot: Snapshot, text: str, mode: Mode, filters: Filters, excluded: str = "", *, by_meaning: bool = False
) -> list[Found]:
    """Rank every paragraph: within each language by meaning and words, the languages by the scores of their places.

    With `by_meaning`, words only say what may be found.
    """
    query = understand(snapshot, TextTarget(f"{text} {excluded}".strip()), mode=mode)
    calibration = snapshot.manifest.calibration.of(query.length)
    rows = [ParagraphRow(row) for row in snapshot.corpus.paragraph_rows()]
    texts = [paragraph for _, paragraph in snapshot.corpus.hits(rows)]
    articles = [BY_ID[summary.id] for summary, _ in snapshot.corpus.hits(rows)]
    kept_of = {
        language: [
            row
            for row in of_language.tolist()
            if (not filters.languages or language in filters.languages)
            and passes(articles[row], filters)
            and not (excluded and holds(articles[row], texts[row], word_forms(excluded.removeprefix("-"))))
            and (
                mode is not Mode.EXACT
                or all(holds(articles[row], texts[row], word_forms(word.folded)) for word in words(text))
            )
        ]
        for language, of_language in snapshot.index.rows.items()
    }
    n_paragraphs = snapshot.manifest.counts.paragraphs_by_language
    floors = [
        calibration.least_score(FLOOR_RELEVANCE, query.language, language, n_paragraphs[language])
        for language, kept in kept_of.items()
        if kept
    ]
    merged, own = [], dict[int, float]()
    for language, kept in kept_of.items():
        of_language = snapshot.index.rows[language]
        cosines = dict(zip(of_language.tolist(), snapshot.index.indexes[language].vectors @ query.vector, strict=True))
        strength = dict.fromkeys(kept, 0.0)
        if query.evidence.matches is not None and not by_meaning:
            strength = dict(zip(kept, query.evidence.matches.of(np.array(kept, dtype=np.int64)).tolist(), strict=True))
        gain = greatest_gain(query.length, calibration.level(query.language, language))
        rounded = {row: round(float(cosines[row]), 6) for row in kept}
        keys = {row: round(rounded[row] + gain * strength[row], 6) for row in kept}
        by_key = sorted(kept, key=lambda row: (-keys[row], row))
        scores = sorted((rounded[row] for row in kept), reverse=True)
        scale = calibration.scale(query.language, language)
        if mode is Mode.HYBRID and not by_meaning and query.evidence.matches is not None:
            first = np.array(by_key[:1], dtype=np.int64)
            if (
                query.evidence.matches.are_complete(first) & (query.evidence.matches.of(first) >= FLOOR_STRENGTH)
            ).any():
                scores[0] = max(scores[0], float(np.float32(round(max(floors) / scale, 6))))
        own |= {row: rounded[row] * scale for row in kept}
        merged += [(-score * scale, place, row) for place, (row, score) in enumerate(zip(by_key, scores, strict=True))]
    return [Found(row, articles[row], texts[row], -score, own[row]) for score, _, row in sorted(merged)]


def group_of(snapshot: Snapshot, found: Found, group: Group) -> int:
    columns = snapshot.corpus.columns
    article = int(columns.article_of_paragraph[found.row])
    groups = {Group.NONE: found.row, Group.ARTICLE: article}
    groups |= {Group.STORY: int(columns.story[article]), Group.EVENT: int(columns.event[article])}
    return groups[group]


def is_relevant(snapshot: Snapshot, found: Found, text: str, mode: Mode) -> bool:
    query = understand(snapshot, TextTarget(text), mode=mode)
    matches = query.evidence.matches
    holds_all = matches is not None and bool(matches.are_complete(np.array([found.row]))[0])
    return holds_all or found.own >= least_scores(snapshot, query)[found.paragraph.language]


def in_order(snapshot: Snapshot, every: list[Found], text: str, mode: Mode, group: Group, sort: Sort) -> list[Found]:
    groups: dict[int, Found] = {}
    relevant = set()
    for found in every:
        groups.setdefault(group_of(snapshot, found, group), found)
        if is_relevant(snapshot, found, text, mode):
            relevant.add(group_of(snapshot, found, group))
    if sort is Sort.RELEVANCE:
        return list(groups.values())
    kept = [found for number, found in groups.items() if number in relevant] or list(groups.values())[:LEAST_GROUPS]
    sign = 1 if sort is Sort.OLDEST else -1
    return sorted(
        kept,
        key=lambda found: (
            found.article.published is None,
            sign * (found.article.published.timestamp if found.article.published else 0),
        ),
    )


some_filters = st.builds(
    Filters,
    languages=st.sampled_from([(), ("en",), ("ar",)]),
    sources=st.sampled_from([(), ("Post",), ("Post", "الضفة")]),
    excluded_sources=st.sampled_from([(), ("Ledger",)]),
    tags=st.sampled_from([(), ("oil",), ("رأي",)]),
    excluded_tags=st.sampled_from([(), ("sport",)]),
    authors=st.sampled_from([(), ("منى",)]),
    published_from=st.sampled_from([None, PublicationTime.parse("2024-05-14")]),
)
texts = st.sampled_from(["canal", "القمر", "museum storm", "بنك مباراة", "treaty القمر"])


@given(
    texts,
    st.sampled_from(Mode),
    some_filters,
    st.sampled_from(Group),
    st.sampled_from([Sort.RELEVANCE, Sort.NEWEST, Sort.OLDEST]),
    st.sampled_from(["", "-match", "-زلزال"]),
    st.integers(0, 12),
    st.integers(1, 8),
)
@settings(max_examples=150)
def test_hits_are_those_of_plain_reading(
    snapshot: Snapshot,
    text: str,
    mode: Mode,
    filters: Filters,
    group: Group,
    sort: Sort,
    excluded: str,
    offset: int,
    k: int,
) -> None:
    every = ranking(snapshot, text, mode, filters, excluded)
    expected = in_order(snapshot, every, text, mode, group, sort)[offset : offset + k]
    target = TextTarget(f"{text} {excluded}".strip())
    result = search(snapshot, Query(target, k, offset, group, filters, mode=mode, sort=sort))
    assert [hit.paragraph.id for hit in result.hits] == [found.paragraph.id for found in expected]
    assert [hit.score for hit in result.hits] == pytest.approx([found.score for found in expected], abs=2e-6)
    for hit in result.hits:
        assert all(
            passes(BY_ID[one.id], replace(filters, languages=())) for one in (*hit.also_reported, *hit.duplicates)
        )


@given(texts, st.sampled_from(Mode), some_filters)
@settings(max_examples=60)
def test_facets_count_the_relevant_articles_without_their_own_filter(
    snapshot: Snapshot, text: str, mode: Mode, filters: Filters
) -> None:
    result = search(snapshot, Query(TextTarget(text), filters=filters, mode=mode, facets=tuple(Facet)))

    def articles(without: Filters) -> dict[str, set[str]]:
        """Return the ids of the articles with a relevant paragraph in each language."""
        found: dict[str, set[str]] = {"ar": set(), "en": set()}
        for one in ranking(snapshot, text, mode, without, by_meaning=True):
            if is_relevant(snapshot, one, text, mode):
                found[one.paragraph.language].add(one.article.id)
        return found

    def counted(facet: Facet) -> dict[str, int]:
        return {value.value: value.count for value in result.facets[facet]}

    assert counted(Facet.LANGUAGE) == {
        language: len(ids) for language, ids in articles(replace(filters, languages=())).items() if ids
    }
    of_source = articles(replace(filters, sources=(), excluded_sources=()))
    assert counted(Facet.SOURCE) == Counter(
        source for ids in of_source.values() for one in ids if (source := BY_ID[one].source)
    )
    of_tag = articles(replace(filters, tags=(), excluded_tags=()))
    assert counted(Facet.TAG) == Counter(tag for ids in of_tag.values() for one in ids for tag in BY_ID[one].tags)
