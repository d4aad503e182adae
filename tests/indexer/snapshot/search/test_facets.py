"""Facets of a search: by hand, and against a plain reading of every paragraph."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search import facets as stage
from indexer.snapshot.search import relevant
from indexer.snapshot.search.candidates import Candidates, find_candidates
from indexer.snapshot.search.facets import count_facets, relevant_articles, relevant_everywhere
from indexer.snapshot.search.query import Mode, Query, TextTarget
from indexer.snapshot.search.relevant import least_scores
from indexer.snapshot.search.search import search
from indexer.snapshot.search.understand import QueryVector, understand
from tests.conftest import make_article
from tests.fakes import publish_fake_store

WORDS = ["treaty", "earthquake", "election", "moon", "canal", "russia", "morocco", "bank", "storm", "strike", "museum"]
SOURCES, AUTHORS, TAGS = (
    (None, "Post", "POST", "الأهرام", "الاهرام"),
    (None, "Sara", "علي"),
    ("oil", "Oil", "غاز", "sea"),
)
DAYS = (None, "2024-05-13", "2024-05-31T23:59:59Z", "2024-06-01", "2025-01-01")


def random_articles(n: int) -> list[Article]:
    rng = random.Random(5)
    return [
        make_article(
            f"{number:03d}",
            rng.choice(["en", "ar", "fr"]),
            *(" ".join(rng.choices(WORDS, k=12)) + "." for _ in range(rng.randint(1, 4))),
            source=rng.choice(SOURCES),
            published=rng.choice(DAYS),
            author=rng.choice(AUTHORS),
            tags=rng.choices(TAGS, k=rng.randint(0, 3)),
        )
        for number in range(n)
    ]


ALL = random_articles(90)


@pytest.fixture(scope="module", params=["exact", "ivf-sq8"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp(f"facets-{request.param}")
    publish_fake_store(root, ALL, kind=None if request.param == "exact" else request.param)
    with open_snapshot(root) as snapshot:
        yield snapshot


def vector_of(snapshot: Snapshot, text: str) -> QueryVector:
    return understand(snapshot, TextTarget(text, "en"))


def counted(snapshot: Snapshot, text: str, *facets: str, **filters: Any) -> dict[str, list[tuple[str, int]]]:
    query = Query(TextTarget(text, "en"), k=1, filters=Filters(**filters), facets=tuple(map(Facet, facets)))
    return {name: pairs(values) for name, values in search(snapshot, query).facets.items()}


def pairs(values: tuple[FacetValue, ...]) -> list[tuple[str, int]]:
    return [(value.value, value.count) for value in values]


SMALL = (
    make_article(
        "a",
        "en",
        "The canal canal canal was closed by a ship for days.",
        "The canal canal canal is open again, ships say at last.",
        source="Post",
        published="2024-05-14",
        author="Sara",
        tags=["sea"],
    ),
    make_article(
        "b",
        "ar",
        "قناة قناة قناة جديدة تفتح للسفن في الصباح الباكر اليوم",
        source="الأهرام",
        published="2024-05-13T23:30:00+03:00",
        tags=["sea", "بحر"],
    ),
    make_article("c", "en", "canal canal canal tolls rise for the large tankers again", source="Post"),
    make_article("d", "en", "A museum of modern paintings opens its doors on Monday.", source="Ledger"),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp("facets-small")
    publish_fake_store(root, SMALL)
    with open_snapshot(root) as snapshot:
        yield snapshot


def test_relevant_articles_are_counted_once_whatever_the_page(small: Snapshot) -> None:
    assert counted(small, "canal", "source", "language", "tag", "author", "day", "month") == {
        "source": [("Post", 2), ("الأهرام", 1)],
        "language": [("en", 2), ("ar", 1)],
        "tag": [("sea", 2), ("بحر", 1)],
        "author": [("Sara", 1)],
        "day": [("2024-05-13", 1), ("2024-05-14", 1)],
        "month": [("2024-05", 2)],
    }


def test_facets_are_in_the_order_asked_for_and_none_without_asking(small: Snapshot) -> None:
    assert list(counted(small, "canal", "tag", "source")) == ["tag", "source"]
    assert counted(small, "canal") == {}


def test_nothing_relevant_has_no_values(small: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, list[tuple[str, int]]] = {"source": [], "day": [], "language": []}
    assert counted(small, "canal", *nothing, tags=("unknown",)) == nothing
    for module in (relevant, stage):
        monkeypatch.setattr(module, "least_scores", lambda *_: {"ar": 2.0, "en": 2.0})
    by_meaning = Query(TextTarget("canal", "en"), mode=Mode.SEMANTIC, facets=tuple(map(Facet, nothing)))
    assert {name: pairs(values) for name, values in search(small, by_meaning).facets.items()} == nothing


def test_a_facet_is_counted_without_its_own_filter(small: Snapshot) -> None:
    found = counted(small, "canal", "source", "language", "tag", sources=("Post",))
    assert found["source"] == [("Post", 2), ("الأهرام", 1)]
    assert found["language"] == [("en", 2)]
    assert found["tag"] == [("sea", 1)]
    found = counted(small, "canal", "language", "source", languages=("ar",))
    assert found == {"language": [("en", 2), ("ar", 1)], "source": [("الأهرام", 1)]}
    found = counted(small, "canal", "tag", "source", excluded_tags=("sea",))
    assert found == {"tag": [("sea", 2), ("بحر", 1)], "source": [("Post", 1)]}
    day = PublicationTime.parse("2024-05-14")
    found = counted(small, "canal", "day", "month", "source", published_from=day, published_to=day)
    assert found == {
        "day": [("2024-05-13", 1), ("2024-05-14", 1)],
        "month": [("2024-05", 2)],
        "source": [("Post", 1)],
    }


def test_articles_that_were_taken_down_do_not_count(small: Snapshot) -> None:
    assert counted(small.without(["a"]), "canal", "source", "day") == {
        "source": [("Post", 1), ("الأهرام", 1)],
        "day": [("2024-05-13", 1)],
    }


def test_facets_keep_to_what_the_search_is_restricted_to(small: Snapshot) -> None:
    query = Query(TextTarget("canal", "en"), facets=(Facet.SOURCE, Facet.LANGUAGE))
    only_arabic = {"ar": np.array([True]), "en": np.zeros(4, dtype=np.bool_)}
    found = search(small, query, among=only_arabic).facets
    assert {name: pairs(values) for name, values in found.items()} == {
        "source": [("الأهرام", 1)],
        "language": [("ar", 1)],
    }


def test_facets_share_searches(small: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Filters] = []

    def counting(snapshot: Snapshot, query: QueryVector, filters: Filters, *others: Any) -> Any:
        asked.append(filters)
        return relevant_articles(snapshot, query, filters, *others)

    monkeypatch.setattr(stage, "relevant_articles", counting)
    day = PublicationTime.parse("2024-05-14")
    counted(small, "canal", *Facet)
    assert asked == [Filters()]
    asked.clear()
    counted(small, "canal", *Facet, sources=("Post",), published_from=day)
    assert len(asked) == 3  # without the source, without the dates, and with both
    asked.clear()
    counted(small, "canal", sources=("Post",))
    assert asked == []


def test_one_look_at_the_index_answers_for_all_filters(many: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[set[str]] = []

    def counting(*given: Any, **named: Any) -> list[Candidates]:
        looks.append(set(named["languages"]))
        return find_candidates(*given, **named)

    monkeypatch.setattr(stage, "find_candidates", counting)
    filters = Filters(sources=("post",), tags=("sea",), languages=("en",))
    query = Query(TextTarget("canal", "en"), filters=filters, facets=tuple(Facet))
    assert len(count_facets(many, query, vector_of(many, "canal"))) == len(Facet)
    assert [languages for languages in looks if languages] == [set(many.index.indexes)]


@pytest.mark.parametrize("many", ["exact"], indirect=True)  # an approximate index may find others
def test_a_language_where_more_may_be_relevant_is_searched_for_each_filter(
    many: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = vector_of(many, "canal")
    everywhere = relevant_everywhere(many, vector)
    assert set(everywhere) == set(many.index.indexes)
    monkeypatch.setattr(stage, "MAX_COUNTED_PARAGRAPHS", max(map(len, everywhere.values())) - 1)
    assert set(relevant_everywhere(many, vector)) < set(everywhere)
    monkeypatch.setattr(stage, "least_scores", lambda *_: dict.fromkeys(many.index.indexes, -1.0))
    assert relevant_everywhere(many, vector) == {}


def test_twenty_values_at_most(tmp_path: Path) -> None:
    names = [f"Outlet {number:02d}" for number in range(25)]
    articles = [
        make_article(name, "en", f"canal canal canal tolls rise again in part {name}.", source=name) for name in names
    ]
    others = [make_article(f"x{n}", "en", f"A museum opens its doors on the day {n} of all days.") for n in range(50)]
    publish_fake_store(tmp_path, [*articles, *others])
    with open_snapshot(tmp_path) as snapshot:
        (rows,) = relevant_articles(snapshot, vector_of(snapshot, "canal"), Filters()).values()
        assert len(rows) == 25
        assert counted(snapshot, "canal", "source")["source"] == [(name, 1) for name in names[:20]]


def plain_counts(
    snapshot: Snapshot, query: QueryVector, filters: Filters, facet: Facet, depth: int
) -> list[tuple[str, int]]:
    """Count as the rule says, one paragraph after the other."""
    least, columns = least_scores(snapshot, query), snapshot.corpus.columns
    passing, matches = snapshot.filters.passing(filters), query.evidence.matches
    holding = set() if matches is None else set(matches.complete.tolist())
    found: set[tuple[int, str]] = set()
    for language, index in snapshot.index.indexes.items():
        scale = snapshot.manifest.calibration.scale("en", language)
        cosines = np.round(index.vectors @ query.vector, 6).tolist()
        rows = [
            (-cosine, row)
            for place, (cosine, row) in enumerate(zip(cosines, snapshot.index.rows[language].tolist(), strict=True))
            if passing is None or (language in passing.masks and passing.masks[language][place])
        ]
        found |= {
            (int(columns.article_of_paragraph[row]), language)
            for cosine, row in sorted(rows)[:depth]
            if -cosine * scale >= least[language]
        }
        found |= {(int(columns.article_of_paragraph[row]), language) for _, row in rows if row in holding}
    in_order = sorted(ALL, key=lambda article: article.id)
    articles = [in_order[row] for row in {row for row, _ in found}]
    counts: Counter[str] = Counter()
    if facet is Facet.LANGUAGE:
        counts.update(language for _, language in found)
    elif facet is Facet.TAG:
        for article in articles:
            counts.update({shown(tag) for tag in article.tags})
    elif facet in (Facet.DAY, Facet.MONTH):
        counts.update(a.published.text[: 10 if facet is Facet.DAY else 7] for a in articles if a.published)
    else:
        counts.update(shown(name) for a in articles if (name := a.source if facet is Facet.SOURCE else a.author))
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:20]


def shown(name: str) -> str:
    spellings = Counter(
        one
        for article in ALL
        for one in (article.source, article.author, *article.tags)
        if one and one.lower().replace("أ", "ا") == name.lower().replace("أ", "ا")
    )
    return min(spellings, key=lambda one: (-spellings[one], one))


names = st.lists(st.sampled_from(["post", "الاهرام", "oil", "SEA", "sara"]), max_size=1).map(tuple)
dates = st.none() | st.sampled_from([PublicationTime.parse(day) for day in DAYS if day])
some_filters = st.builds(
    Filters,
    languages=st.lists(st.sampled_from(["en", "ar", "fr", "de"]), max_size=2).map(tuple),
    sources=names,
    published_from=dates,
    published_to=dates,
    tags=names,
    excluded_authors=names,
    excluded_tags=names,
)


@given(filters=some_filters, word=st.sampled_from(WORDS), facet=st.sampled_from(Facet))
def test_counts_are_those_of_a_plain_reading(many: Snapshot, filters: Filters, word: str, facet: Facet) -> None:
    query = Query(TextTarget(word, "en"), filters=filters, facets=(facet,))
    vector = vector_of(many, word)
    own = {
        Facet.SOURCE: {"sources": ()},
        Facet.LANGUAGE: {"languages": ()},
        Facet.TAG: {"tags": (), "excluded_tags": ()},
        Facet.AUTHOR: {"excluded_authors": ()},
        Facet.DAY: {"published_from": None, "published_to": None},
        Facet.MONTH: {"published_from": None, "published_to": None},
    }[facet]
    without_own = replace(filters, **own)  # type: ignore[arg-type]
    expected = plain_counts(many, vector, without_own, facet, 1_024)
    assert pairs(count_facets(many, query, vector)[facet]) == expected


@pytest.mark.parametrize("word", WORDS)
def test_a_count_is_what_its_value_finds_as_a_filter(many: Snapshot, word: str) -> None:
    vector = vector_of(many, word)
    for facet, field in ((Facet.SOURCE, "sources"), (Facet.TAG, "tags"), (Facet.LANGUAGE, "languages")):
        query = Query(TextTarget(word, "en"), facets=(facet,))
        for value in count_facets(many, query, vector)[facet]:
            chosen = Filters(**{field: (value.value,)})  # type: ignore[arg-type]
            found = relevant_articles(many, vector, chosen).values()
            assert len(set(np.concatenate(list(found)).tolist())) == value.count


@pytest.mark.parametrize("many", ["exact"], indirect=True)  # an approximate index may find others
@pytest.mark.parametrize("depth", [1, 7, 30])
def test_no_more_than_the_best_paragraphs_of_each_language_count(
    many: Snapshot, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "MAX_COUNTED_PARAGRAPHS", depth)
    vector = vector_of(many, "canal moon")
    query = Query(TextTarget("canal moon", "en"), facets=tuple(Facet))
    for facet, values in count_facets(many, query, vector).items():
        assert pairs(values) == plain_counts(many, vector, Filters(), facet, depth)
