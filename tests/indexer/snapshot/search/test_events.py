"""Events in answers: one hit for each, and the articles about it in other languages."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.other_articles import MAX_ALSO_REPORTED
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Group, Query, TextTarget
from indexer.snapshot.search.search import search
from tests.conftest import make_article
from tests.fakes import publish_fake_store

QUAKE = (
    make_article(
        "ar-1", "ar", "زلزال قوي ضرب المغرب ليلا وخلف مئات القتلى في القرى الجبلية النائية", published="2023-09-10"
    ),
    make_article("ar-2", "ar", "زلزال المغرب: فرق الإنقاذ تصل إلى القرى الجبلية بعد يومين من الهزة الأولى هناك"),
    make_article("ar-3", "ar", "إحصاء جديد لضحايا زلزال المغرب بعد وصول فرق الإنقاذ إلى القرى", published="2023-09-09"),
    make_article("en-1", "en", "An earthquake in Morocco at night kills hundreds in far villages of the mountains."),
    make_article("en-2", "en", "The moon landing was seen in every country of the world by many people."),
    make_article(
        "en-3", "en", "Earthquake victims in Morocco wait for help two days after the first shock.", source="Post"
    ),
    make_article("fr-1", "fr", "Un earthquake au Morocco a fait des centaines de morts dans les villages isolés."),
)
EVENT = ["ar-1", "ar-2", "ar-3", "en-1", "en-3", "fr-1"]


def opened(root: Path, *events: list[str], articles: tuple[Article, ...] | list[Article] = QUAKE) -> Snapshot:
    publish_fake_store(root, articles, events=events)
    return open_snapshot(root)


@pytest.fixture(scope="module")
def quake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    with opened(tmp_path_factory.mktemp("quake"), EVENT) as snapshot:
        yield snapshot


def by_id(hits: tuple[Hit, ...]) -> dict[str, list[str]]:
    return {hit.article.id: [article.id for article in hit.also_reported] for hit in hits}


def test_a_hit_names_the_articles_of_its_event_in_other_languages_the_earliest_first(quake: Snapshot) -> None:
    found = by_id(search(quake, Query(TextTarget("earthquake"))).hits)
    arabic, others = ["ar-3", "ar-1", "ar-2"], ["en-1", "en-3", "fr-1"]
    assert found == {
        **dict.fromkeys(("ar-1", "ar-2", "ar-3"), others),
        "en-1": [*arabic, "fr-1"],
        "en-3": [*arabic, "fr-1"],
        "fr-1": [*arabic, "en-1", "en-3"],
        "en-2": [],
    }


def test_an_event_is_one_hit(quake: Snapshot) -> None:
    hits = search(quake, Query(TextTarget("زلزال المغرب", "ar"), group=Group.EVENT)).hits
    best = search(quake, Query(TextTarget("زلزال المغرب", "ar"), k=1)).hits
    assert hits[0] == best[0]
    assert [hit.article.id for hit in hits] == [best[0].article.id, "en-2"]


def test_the_language_filter_is_about_hits_and_not_about_what_is_also_reported(quake: Snapshot) -> None:
    hits = search(quake, Query(TextTarget("earthquake"), filters=Filters(languages=("fr",)))).hits
    assert by_id(hits) == {"fr-1": ["ar-3", "ar-1", "ar-2", "en-1", "en-3"]}


def test_other_filters_hold_for_what_is_also_reported(quake: Snapshot) -> None:
    in_time = Filters(languages=("ar",), published_from=PublicationTime.parse("2023-09-10"))
    assert by_id(search(quake, Query(TextTarget("earthquake"), filters=in_time)).hits) == {"ar-1": []}
    of_source = Filters(sources=("post",))
    assert by_id(search(quake, Query(TextTarget("earthquake"), filters=of_source)).hits) == {"en-3": []}


def test_articles_that_were_taken_down_are_not_named(quake: Snapshot) -> None:
    snapshot = quake.without(["ar-1", "ar-3"])  # the first of the event among them
    hits = search(snapshot, Query(TextTarget("earthquake"), group=Group.EVENT)).hits
    assert len(hits) == 2
    assert by_id(search(snapshot, Query(TextTarget("earthquake"))).hits)["en-1"] == ["ar-2", "fr-1"]


def test_near_duplicates_in_the_same_language_are_no_other_reports(tmp_path: Path) -> None:
    text = "The canal was closed for two days after a ship ran aground in the storm."
    copies = [make_article("a", "en", text), make_article("b", "en", text)]
    with opened(tmp_path, articles=copies) as snapshot:
        hits = search(snapshot, Query(TextTarget("canal"), group=Group.EVENT)).hits
        assert [(hit.duplicate_count, hit.also_reported) for hit in hits] == [(1, ())]


def test_many_reports_are_cut_after_the_earliest(tmp_path: Path) -> None:
    articles = [
        make_article("en", "en", "The canal was closed for two days after a ship ran aground."),
        *(
            make_article(
                f"ar-{n:02d}", "ar", f"قناة السويس تغلق يومين بعد جنوح سفينة {n}", published=f"2024-01-{n:02d}"
            )
            for n in range(31, 0, -1)
        ),
    ]
    with opened(tmp_path, [article.id for article in articles], articles=articles) as snapshot:
        (hit,) = search(snapshot, Query(TextTarget("canal"), filters=Filters(languages=("en",)))).hits
        assert [article.id for article in hit.also_reported] == [f"ar-{n + 1:02d}" for n in range(MAX_ALSO_REPORTED)]


def random_articles(n: int) -> tuple[list[Article], list[list[str]]]:
    rng = random.Random(3)
    words = ("treaty", "canal", "moon", "storm", "bank", "museum")
    articles = [
        make_article(
            f"{number:02d}",
            rng.choice(["en", "ar", "fr"]),
            *(" ".join(rng.choices(words, k=12)) + "." for _ in range(rng.randint(1, 3))),
            source=rng.choice([None, "Post", "Ledger"]),
            published=rng.choice([None, "2024-05-13", "2024-05-14T09:00:00Z", "2024-05-15"]),
        )
        for number in range(n)
    ]
    ids = [article.id for article in articles]
    rng.shuffle(ids)
    return articles, [ids[start : start + 4] for start in range(0, n, 5)]


ARTICLES, EVENTS = random_articles(60)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    with opened(tmp_path_factory.mktemp("many-events"), *EVENTS, articles=ARTICLES) as snapshot:
        yield snapshot


@given(
    word=st.sampled_from(["treaty", "canal", "moon"]),
    languages=st.sampled_from([(), ("en",), ("ar", "fr")]),
    sources=st.sampled_from([(), ("Post",)]),
    hidden=st.sets(st.sampled_from([article.id for article in ARTICLES]), max_size=20),
    k=st.integers(1, 30),
    offset=st.integers(0, 40),
)
def test_events_against_a_plain_reading_of_the_ranking(
    many: Snapshot,
    word: str,
    languages: tuple[str, ...],
    sources: tuple[str, ...],
    hidden: set[str],
    k: int,
    offset: int,
) -> None:
    snapshot, filters = many.without(hidden), Filters(languages, sources)
    column = snapshot.corpus.columns.event.tolist()
    event = {article.id: column[row] for row, article in enumerate(ARTICLES)}
    ranked = search(snapshot, Query(TextTarget(word, "en"), 1_000, filters=filters)).hits
    best: dict[int, str] = {}
    for hit in ranked:
        best.setdefault(event[hit.article.id], hit.article.id)
    query = Query(TextTarget(word, "en"), k, offset, Group.EVENT, filters)
    hits = search(snapshot, query).hits
    assert [hit.article.id for hit in hits] == list(best.values())[offset : offset + k]
    for hit in hits:
        expected = [
            article
            for article in ARTICLES
            if event[article.id] == event[hit.article.id]
            and article.language != hit.article.language
            and article.id not in hidden
            and (not sources or article.source in sources)
        ]
        dated = sorted((a for a in expected if a.published), key=lambda a: (a.published.timestamp, a.id))  # type: ignore[union-attr]
        undated = [article for article in expected if not article.published]
        assert [article.id for article in hit.also_reported] == [article.id for article in [*dated, *undated]]
    assert search(snapshot, replace(query, filters=Filters(languages, sources))).hits == hits
