"""Ranking, grouping and filters against a plain re-reading of every paragraph."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, ArticleSummary, PublicationTime
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.order import Ranking
from indexer.snapshot.search.page import Hit, relevances
from indexer.snapshot.search.query import Group, Query, TextTarget
from indexer.snapshot.search.search import rank_groups, rank_paragraphs, search
from indexer.snapshot.search.understand import QueryVector, encode_text, understand
from indexer.vectors.index_choice import RECALL_TARGET
from tests.conftest import make_article
from tests.fakes import publish_fake_store

WORDS = (
    "treaty",
    "earthquake",
    "election",
    "moon",
    "canal",
    "russia",
    "morocco",
    "bank",
    "storm",
    "strike",
    "museum",
    "match",
)
SOURCES = (None, "Post", "Ledger", "الضفة")
DAYS = (None, "2024-05-13", "2024-05-14", "2024-05-14T09:00:00Z", "2024-05-15", "2025-01-01")


def random_articles(n: int) -> list[Article]:
    rng = random.Random(11)
    return [
        make_article(
            f"{number:03d}",
            rng.choice(["en", "en", "ar", "fr"]),
            *(" ".join(rng.choices(WORDS, k=12)) + "." for _ in range(rng.randint(1, 5))),
            source=rng.choice(SOURCES),
            published=rng.choice(DAYS),
        )
        for number in range(n)
    ]


ALL = random_articles(120)


@pytest.fixture(scope="module", params=["exact", "ivf-sq8"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp(f"many-{request.param}")
    publish_fake_store(root, ALL, kind=None if request.param == "exact" else request.param)
    snapshot = open_snapshot(root)
    assert snapshot.manifest.index["en"].kind == request.param
    yield snapshot
    snapshot.close()


def passes(article: ArticleSummary, filters: Filters) -> bool:
    """Say what the filters mean, in the plainest words."""
    if filters.languages and article.language not in filters.languages:
        return False
    if filters.sources and article.source not in filters.sources:
        return False
    if filters.published_from is None and filters.published_to is None:
        return True
    if article.published_at is None:
        return False
    moment = PublicationTime.parse(article.published_at).timestamp
    last = (
        filters.published_to.timestamp + (86_399 if filters.published_to.is_day else 0)
        if filters.published_to
        else moment
    )
    first = filters.published_from.timestamp if filters.published_from else moment
    return first <= moment <= last


def vector_of(snapshot: Snapshot, word: str) -> QueryVector:
    return understand(snapshot, TextTarget(word, "en"))


dates = st.none() | st.sampled_from([PublicationTime.parse(day) for day in DAYS if day])
some_filters = st.builds(
    Filters,
    languages=st.lists(st.sampled_from(["en", "ar", "fr", "de"]), max_size=2).map(tuple),
    sources=st.lists(st.sampled_from(["Post", "Ledger", "الضفة", "nobody"]), max_size=1).map(tuple),
    published_from=dates,
    published_to=dates,
)


def test_queries_of_up_to_three_words_are_short(fake_store: Path) -> None:
    with open_snapshot(fake_store) as snapshot:
        kept = replace(snapshot, neutral=replace(snapshot.neutral, keep_short_queries=True))
        for text, is_kept in (("canal", True), ("قناة السويس اليوم", True), ("the canal is open", False)):
            raw = encode_text(snapshot, text)
            vector = understand(kept, TextTarget(text)).vector
            assert np.array_equal(vector, raw) is is_kept
            assert not np.array_equal(understand(snapshot, TextTarget(text)).vector, raw)


@given(filters=some_filters, k=st.integers(1, 100), word=st.sampled_from(WORDS))
def test_k_hits_come_whenever_k_articles_match(many: Snapshot, filters: Filters, k: int, word: str) -> None:
    matching = {article.id for article in ALL if passes(ArticleSummary.of(article), filters)}
    hits = search(many, Query(TextTarget(word), k=k, filters=filters)).hits
    found = [hit.article.id for hit in hits]
    assert len(found) == len(set(found)) == min(k, len(matching))
    assert set(found) <= matching


@given(
    filters=some_filters,
    word=st.sampled_from(WORDS),
    group=st.sampled_from(Group),
    size=st.integers(1, 60),
    k=st.integers(1, 60),
    offset=st.integers(0, 500),
)
def test_a_page_is_a_slice_of_the_whole_ranking(
    many: Snapshot, filters: Filters, word: str, group: Group, size: int, k: int, offset: int
) -> None:
    query = Query(TextTarget(word, "en"), 10_000, group=group, filters=filters)
    whole = [hit.paragraph.id for hit in search(many, query).hits]
    page = search(many, replace(query, k=k, offset=offset)).hits
    assert [hit.paragraph.id for hit in page] == whole[offset : offset + k]
    assert [hit.rank for hit in page] == list(range(offset + 1, offset + 1 + len(page)))
    ranking = rank_groups(many, vector_of(many, word), size, group, many.filters.passing(filters)).groups
    assert len(ranking.rows) >= min(size, len(whole))


def best_scores(snapshot: Snapshot, query: QueryVector, filters: Filters, k: int) -> list[float]:
    """Return the scores of the best `k` paragraphs that pass, by brute force."""
    scores = (
        float(vector @ query.vector) * snapshot.manifest.calibration.scale("en", language)
        for language, index in snapshot.index.indexes.items()
        for row, vector in zip(snapshot.index.rows[language].tolist(), index.vectors, strict=True)
        if passes(snapshot.corpus.hits([ParagraphRow(row)])[0][0], filters)
    )
    return sorted(scores, reverse=True)[:k]


def found_scores(snapshot: Snapshot, query: QueryVector, filters: Filters, k: int) -> list[float]:
    passing = snapshot.filters.passing(filters)
    scores: list[float] = rank_paragraphs(
        snapshot, query, k, None if passing is None else passing.masks
    ).scores.tolist()
    return scores


@given(filters=some_filters, word=st.sampled_from(WORDS), k=st.integers(1, 40))
def test_filtered_ranking_is_that_of_brute_force(many: Snapshot, filters: Filters, word: str, k: int) -> None:
    """Scores of the best, to the rounding of either side; an approximate index may miss some, but not the first."""
    query = vector_of(many, word)
    best, found = best_scores(many, query, filters, k), found_scores(many, query, filters, k)
    if many.manifest.index["en"].kind == "exact":
        assert found == pytest.approx(best, abs=4e-6)
    else:
        assert len(found) == len(best)
        assert found[:1] == pytest.approx(best[:1], abs=4e-6)
        assert all(score <= bound + 4e-6 for score, bound in zip(sorted(found, reverse=True), best, strict=True))


def test_the_mean_recall_is_what_an_index_is_tuned_to(many: Snapshot) -> None:
    recalls = []
    for filters in (Filters(), *(Filters(languages=(language,)) for language in ("en", "ar", "fr"))):
        for query in (vector_of(many, word) for word in WORDS):
            best, found = best_scores(many, query, filters, 10), found_scores(many, query, filters, 10)
            recalls.append(sum(score >= best[-1] - 4e-6 for score in found) / 10)
    assert fmean(recalls) >= RECALL_TARGET


@pytest.mark.parametrize("word", WORDS)
def test_grouping_keeps_the_best_paragraph_of_each_article(many: Snapshot, word: str) -> None:
    filters = Filters(languages=("en", "ar", "fr"))  # any filter makes the search exact
    every = search(many, Query(TextTarget(word), k=10_000, group=Group.NONE, filters=filters)).hits
    best: dict[str, str] = {}
    for hit in every:
        best.setdefault(hit.article.id, hit.paragraph.id)
    grouped = search(many, Query(TextTarget(word), k=10_000, filters=filters)).hits
    assert [(hit.article.id, hit.paragraph.id) for hit in grouped] == list(best.items())
    assert len(best) == len(ALL)


@given(word=st.sampled_from(WORDS), offset=st.integers(0, 60))
def test_relevance_never_rises_and_does_not_depend_on_the_page(many: Snapshot, word: str, offset: int) -> None:
    whole = search(many, Query(TextTarget(word), k=100)).hits
    relevances = [hit.relevance for hit in whole]
    assert relevances == sorted(relevances, reverse=True)
    page = search(many, Query(TextTarget(word), k=10, offset=offset)).hits
    assert page == whole[offset : offset + 10]


def test_a_lower_score_of_a_small_language_is_not_more_relevant(many: Snapshot) -> None:
    calibration, counts = many.manifest.calibration, many.manifest.counts.paragraphs_by_language
    rows = [
        next(
            row
            for row, code in enumerate(many.corpus.columns.paragraph_language.tolist())
            if many.corpus.columns.languages[code] == name
        )
        for name in ("en", "fr")
    ]
    scores = [0.301, 0.3]
    own = [
        calibration.relevance(score, "en", name, counts[name]) for score, name in zip(scores, ("en", "fr"), strict=True)
    ]
    assert counts["fr"] < counts["en"]
    assert own[1] > own[0]
    query = vector_of(many, "the canal is open")
    shown = relevances(many, Ranking(np.array(rows), np.array(scores, dtype=np.float32)), 2, query)
    assert shown == [round(own[0], 4)] * 2


def test_no_filter_costs_no_mask(many: Snapshot) -> None:
    assert many.filters.passing(Filters()) is None
    allowed = many.filters.passing(Filters(languages=("ar",)))
    assert allowed is not None
    n_arabic = sum(len(article.blocks) for article in ALL if article.language == "ar")
    assert allowed.n_paragraphs == n_arabic
    assert {language: int(mask.sum()) for language, mask in allowed.masks.items()} == {"ar": n_arabic}


def test_same_query_gives_the_same_answer(snapshot: Snapshot) -> None:
    first, second = (search(snapshot, Query(TextTarget("canal ship"))) for _ in range(2))
    assert first.hits == second.hits
    assert first.language == "en"


def test_language_that_cannot_be_told_is_und(snapshot: Snapshot) -> None:
    assert search(snapshot, Query(TextTarget("2024 ... 14"))).language == "und"


WIRE = "The canal was closed for two days after a ship ran aground in the storm and blocked every other one."
COPIED = (
    make_article("a", "en", WIRE, source="Post", published="2024-05-13"),
    make_article("b", "en", "A museum opens its new wing in the capital, and the moon shines on it.", source="Post"),
    make_article("c", "en", WIRE.upper(), source="Ledger", published="2024-05-14"),
    make_article("d", "en", f"{WIRE} Updated.", source="Herald", published="2024-05-15"),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp("copied")
    publish_fake_store(root, COPIED)
    snapshot = open_snapshot(root)
    yield snapshot
    snapshot.close()


def named(hits: tuple[Hit, ...]) -> list[tuple[str, int, list[str]]]:
    return [(hit.article.id, hit.duplicate_count, [article.id for article in hit.duplicates]) for hit in hits]


def test_each_article_is_a_hit_and_names_its_copies(copied: Snapshot) -> None:
    hits = search(copied, Query(TextTarget("canal storm"), k=3)).hits
    assert sorted(named(hits)) == [("a", 2, ["c", "d"]), ("c", 2, ["a", "d"]), ("d", 2, ["a", "c"])]


def test_a_story_is_one_hit(copied: Snapshot) -> None:
    hits = search(copied, Query(TextTarget("canal storm"), group=Group.STORY)).hits
    assert len(hits) == 2
    best, count, others = named(hits)[0]
    assert (count, sorted([best, *others])) == (2, ["a", "c", "d"])
    assert named(hits)[1] == ("b", 0, [])


def test_copies_that_do_not_pass_the_filter_are_not_named(copied: Snapshot) -> None:
    filters = Filters(published_from=PublicationTime.parse("2024-05-14"))
    (hit,) = search(copied, Query(TextTarget("canal storm"), group=Group.STORY, filters=filters)).hits
    assert sorted([hit.article.id, *(article.id for article in hit.duplicates)]) == ["c", "d"]
    (hit,) = search(copied, Query(TextTarget("canal"), group=Group.STORY, filters=Filters(sources=("Herald",)))).hits
    assert (hit.article.id, hit.duplicate_count) == ("d", 0)
    assert search(copied, Query(TextTarget("canal"), filters=Filters(languages=("ar",)))).hits == ()


def test_copies_that_were_taken_down_are_not_named(copied: Snapshot) -> None:
    hits = search(copied.without(["c"]), Query(TextTarget("canal storm"), group=Group.STORY)).hits
    assert sorted([hits[0].article.id, *(article.id for article in hits[0].duplicates)]) == ["a", "d"]


def test_copies_by_the_thousand_are_counted_and_the_first_named(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, [make_article(f"{n:03d}", "en", WIRE) for n in range(50)])
    snapshot = open_snapshot(tmp_path)
    (hit,) = search(snapshot, Query(TextTarget("canal"), group=Group.STORY)).hits
    assert hit.duplicate_count == 49
    assert [article.id for article in hit.duplicates] == [
        f"{n:03d}" for n in range(50) if f"{n:03d}" != hit.article.id
    ][:20]
    snapshot.close()
