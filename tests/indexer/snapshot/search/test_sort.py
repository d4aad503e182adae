"""Orders by date and blends, against a plain re-reading of the whole ranking."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search import search as stages
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.search.sort import LEAST_GROUPS, RECENCY_WEIGHT
from tests.conftest import make_article
from tests.fakes import publish_fake_store

WORDS = ("treaty", "earthquake", "election", "moon", "canal", "russia", "bank", "storm", "strike", "museum")
DAYS = (None, "2024-05-13", "2024-05-14", "2024-05-14T09:00:00Z", "2025-01-01", "1901-12-13", "2031-01-01")
NEWEST = "2025-01-01"
"""The newest day that is not after the fake store was built."""


def random_articles(n: int) -> list[Article]:
    rng = random.Random(5)
    texts = [" ".join(rng.choices(WORDS, k=14)) + "." for _ in range(n)]
    return [
        make_article(
            f"{number:03d}",
            rng.choice(["en", "en", "ar"]),
            # Some articles have the words of another one: they are of its story.
            *(rng.choice(texts[: number + 1]) if block else texts[number] for block in range(rng.randint(1, 4))),
            published=rng.choice(DAYS),
        )
        for number in range(n)
    ]


@pytest.fixture(scope="module", params=["exact", "ivf-sq8"])
def dated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp(f"dated-{request.param}")
    publish_fake_store(root, random_articles(90), kind=None if request.param == "exact" else request.param)
    with open_snapshot(root) as snapshot:
        yield snapshot


def timestamp(day: str) -> int:
    return PublicationTime.parse(day).timestamp


def group_of(snapshot: Snapshot, hit: Hit, group: Group) -> object:
    if group is Group.NONE:
        return hit.paragraph.id
    (row,) = snapshot.corpus.article_rows([hit.article.id])
    return row if group is Group.ARTICLE else int(snapshot.corpus.columns.story[row])


def key_of(hit: Hit, sort: Sort, half_life_days: float) -> tuple[float, ...]:
    """Say what the orders mean, in the plainest words; less comes first."""
    at = hit.article.published_at
    if sort is Sort.BLEND:
        age_days = 0 if at is None else max(0, timestamp(NEWEST) - timestamp(at)) / 86_400
        recency = 0 if at is None else 2 ** (-age_days / half_life_days)
        score = float(np.float32(max(hit.score, 0)))  # as the ranking has it
        return (-score * (1 - RECENCY_WEIGHT + RECENCY_WEIGHT * recency),)
    if at is None:
        return (1, 0)
    return (0, timestamp(at) if sort is Sort.OLDEST else -timestamp(at))


def expected(snapshot: Snapshot, query: Query) -> list[Hit]:
    """Return all hits in the order that a query asks for, from the ranking of every paragraph by relevance."""
    whole = replace(query, k=10_000, offset=0, group=Group.NONE, sort=Sort.RELEVANCE)
    every = search(snapshot, whole).hits
    # Words give paragraphs other places and their scores; whether one is relevant, its own score says.
    own_scores = {hit.paragraph.id: hit.score for hit in search(snapshot, replace(whole, mode=Mode.SEMANTIC)).hits}
    first: dict[object, Hit] = {}
    relevant = set()
    counts = snapshot.manifest.counts.paragraphs_by_language
    for hit in every:
        group = group_of(snapshot, hit, query.group)
        first.setdefault(group, hit)
        language = hit.paragraph.language
        own = snapshot.manifest.calibration.relevance(own_scores[hit.paragraph.id], "en", language, counts[language])
        if own >= 0.5:  # all words are common here, so none is relevant by its words alone
            relevant.add(group)
    kept = [hit for group, hit in first.items() if group in relevant] or list(first.values())[:LEAST_GROUPS]
    if query.sort is Sort.BLEND:
        kept = list(first.values())
    return sorted(kept, key=lambda hit: key_of(hit, query.sort, query.half_life_days))


def ids(hits: tuple[Hit, ...] | list[Hit]) -> list[str]:
    return [hit.paragraph.id for hit in hits]


some_filters = st.sampled_from(
    [
        Filters(),
        Filters(languages=("ar",)),
        Filters(published_from=PublicationTime.parse("2024-05-14")),
        Filters(published_to=PublicationTime.parse("2024-05-14"), languages=("en",)),
    ]
)


@given(
    word=st.sampled_from([*WORDS, "pancakes"]),
    sort=st.sampled_from([Sort.NEWEST, Sort.OLDEST, Sort.BLEND]),
    group=st.sampled_from(Group),
    filters=some_filters,
    half_life_days=st.sampled_from([1e-300, 0.5, 7.0, 36_500.0]),
    k=st.integers(1, 40),
    offset=st.integers(0, 60),
)
def test_a_page_is_a_slice_of_the_hits_in_their_order(
    dated: Snapshot, word: str, sort: Sort, group: Group, filters: Filters, half_life_days: float, k: int, offset: int
) -> None:
    query = Query(TextTarget(word, "en"), k, offset, group, filters, sort=sort, half_life_days=half_life_days)
    hits = search(dated, query).hits
    assert ids(hits) == ids(expected(dated, query))[offset : offset + k]
    assert [hit.rank for hit in hits] == list(range(offset + 1, offset + 1 + len(hits)))


@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST, Sort.BLEND])
def test_hits_keep_score_and_relevance_in_another_order(dated: Snapshot, sort: Sort) -> None:
    by_relevance = search(dated, Query(TextTarget("canal", "en"), k=1_000))
    other = search(dated, Query(TextTarget("canal", "en"), k=1_000, sort=sort))
    assert other.confident is by_relevance.confident
    scores = {hit.paragraph.id: hit.score for hit in by_relevance.hits}
    counts = dated.manifest.counts.paragraphs_by_language
    for hit in other.hits:
        assert hit.score == scores[hit.paragraph.id]
        own = dated.manifest.calibration.relevance(
            hit.score, "en", hit.paragraph.language, counts[hit.paragraph.language]
        )
        assert hit.relevance == pytest.approx(own, abs=2e-4)


def test_facets_count_the_articles_that_are_put_in_order_by_date(dated: Snapshot) -> None:
    if dated.manifest.index["en"].kind != "exact":
        pytest.skip("facets count what the first tier of an approximate index has, which is little of a small one")
    for word in (*WORDS, "canal storm", "treaty moon bank"):
        query = Query(TextTarget(word, "en"), k=1_000, sort=Sort.NEWEST, facets=(Facet.LANGUAGE,))
        result = search(dated, query)
        in_order = Counter(hit.article.language for hit in result.hits)
        counted = {value.value: value.count for value in result.facets[Facet.LANGUAGE]}
        assert counted == in_order, word


def test_articles_without_a_date_are_last_in_either_direction(dated: Snapshot) -> None:
    for sort in (Sort.NEWEST, Sort.OLDEST):
        dates = [hit.article.published_at for hit in search(dated, Query(TextTarget("canal"), k=1_000, sort=sort)).hits]
        dated_first = [date is None for date in dates]
        assert dated_first == sorted(dated_first)
        assert {True, False} == set(dated_first)


def test_without_a_relevant_article_the_ten_nearest_are_in_order(
    dated: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "relevant_groups", lambda *_: Ranking(np.empty(0, np.int64), np.empty(0, np.float32)))
    query = Query(TextTarget("canal", "en"), k=1_000, sort=Sort.NEWEST)
    few = search(dated, query).hits
    first = search(dated, replace(query, sort=Sort.RELEVANCE, k=LEAST_GROUPS)).hits
    assert set(ids(first)) == set(ids(few))
    for offset in range(0, len(few), 3):
        assert search(dated, replace(query, k=3, offset=offset)).hits == few[offset : offset + 3]


def test_of_equal_scores_the_newer_one_is_first_in_a_blend(tmp_path: Path) -> None:
    words = "canal canal moon storm bank strike museum treaty russia election"
    articles = [
        make_article("a-old", "en", f"canal canal canal {words}", published="2020-01-01"),
        make_article("b-new", "en", f"canal canal canal {words}", published="2025-01-01"),
        make_article("c-undated", "en", f"canal canal museum {words}"),
        make_article("e-other", "en", "The bank and the museum, the strike and the storm, all of them in one article."),
        make_article("d-future", "en", f"canal canal moon {words}", published="2031-01-01"),
    ]
    publish_fake_store(tmp_path, articles)
    with open_snapshot(tmp_path) as snapshot:

        def found(sort: Sort, half_life_days: float = 7) -> list[str]:
            query = Query(TextTarget("canal", "en"), sort=sort, half_life_days=half_life_days)
            return [hit.article.id for hit in search(snapshot, query).hits]

        assert snapshot.newest_timestamp == timestamp("2025-01-01")
        assert found(Sort.NEWEST) == ["d-future", "b-new", "a-old", "c-undated"]
        assert found(Sort.OLDEST) == ["a-old", "b-new", "d-future", "c-undated"]
        assert found(Sort.RELEVANCE)[:2] == ["a-old", "b-new"]
        # A blend has what is not relevant as well, after all that is.
        assert found(Sort.BLEND) == ["b-new", "a-old", "d-future", "c-undated", "e-other"]
