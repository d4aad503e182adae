"""Saved searches against what is new, and their feed."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.alerts.ledger import open_ledger
from indexer.alerts.run import AlertRun, run_alerts
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.takedowns import Action
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.saved_searches.saved_search_file import read_saved_searches
from indexer.snapshot.search.query import Mode
from indexer.store.prune import prune
from indexer.store.takedown import record_takedowns
from indexer.store.versions import list_versions, roll_back
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store

TREATY, CANAL, MOON, QUAKE, UNDATED = ARTICLES
NEW = (
    make_article(
        "en-quake", "en", "An earthquake struck morocco again and villages in the mountains were cut off from help."
    ),
    make_article("ar-moon", "ar", "قمر صناعي جديد يدور حول قمر الأرض ويرسل صورا واضحة إلى المحطة", title="قمر"),
)
_ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of two versions; the second has two articles more and a paragraph more of an old one."""
    publish_fake_store(tmp_path / "store", (TREATY, CANAL, MOON, QUAKE), version="v1")
    longer = replace(MOON, blocks=(*MOON.blocks, "The moon will be visited again next year, say those who built it."))
    publish_fake_store(tmp_path / "store", (TREATY, CANAL, longer, QUAKE, *NEW), version="v2")
    return StoreLayout(tmp_path / "store")


def save(store: StoreLayout, *searches: dict[str, Any]) -> None:
    store.saved_searches.write_text("".join(json.dumps(one) + "\n" for one in searches), encoding="utf-8")


def run(store: StoreLayout, since: str | None = "v1") -> AlertRun:
    return run_alerts(store, since)


def found(alerts: AlertRun) -> list[str]:
    return sorted(alert.article.id for alert in alerts.alerts)


def test_only_what_is_new_is_found_in_either_language(store: StoreLayout) -> None:
    save(
        store,
        {"id": "quakes", "query": "earthquake morocco", "min_relevance": 0.5},
        {"id": "moon", "query": "moon", "min_relevance": 0.5},
        {"id": "canal", "query": "canal", "min_relevance": 0.5},
    )
    alerts = run(store)
    # The old article on the quake in Morocco is the better answer, and no news.
    assert {(alert.saved_search, alert.article.id) for alert in alerts.alerts} == {
        ("quakes", "en-quake"),
        ("moon", "ar-moon"),
        ("moon", "en-moon"),
    }
    (visited,) = (alert for alert in alerts.alerts if alert.article.id == "en-moon")
    assert visited.paragraph.text.startswith("The moon will be visited again")
    assert (alerts.n_searches, alerts.n_new_paragraphs) == (3, 3)


def test_filters_and_limits_of_a_saved_search_hold(store: StoreLayout) -> None:
    save(
        store,
        {"id": "arabic", "query": "moon", "language": "ar", "min_relevance": 0.5},
        {"id": "one", "query": "moon", "k": 1, "min_relevance": 0},
        {"id": "sure", "query": "pancakes", "min_relevance": 0.9},
        {"id": "dated", "query": "moon", "published_from": "2020-01-01", "min_relevance": 0},
    )
    pairs = [(alert.saved_search, alert.article.id) for alert in run(store).alerts]
    assert [one for name, one in pairs if name == "arabic"] == ["ar-moon"]
    assert len([one for name, one in pairs if name == "one"]) == 1
    assert [one for name, one in pairs if name == "dated"] == ["en-moon"]
    assert not [one for name, one in pairs if name == "sure"]


def test_quotes_and_exclusions_hold_and_words_do_not_take_the_place_of_a_relevant_paragraph(store: StoreLayout) -> None:
    save(
        store,
        {"id": "phrase", "query": '"visited again"', "min_relevance": 0},
        {"id": "excluded", "query": "moon -visited", "min_relevance": 0.5},
        {"id": "exact", "query": "villages", "min_relevance": 0, "mode": "exact"},
    )
    assert {(alert.saved_search, alert.article.id) for alert in run(store).alerts} == {
        ("phrase", "en-moon"),
        ("excluded", "ar-moon"),
        ("exact", "en-quake"),
    }
    assert read_saved_searches(store)[0].to_query(1, 0).mode is Mode.SEMANTIC


def test_nothing_is_new_since_the_same_version(store: StoreLayout) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0})
    alerts = run(store, "v2")
    assert alerts.alerts == ()
    assert alerts.lines.read_bytes() == b""
    assert ElementTree.fromstring(alerts.feed.read_bytes()).findall(f"{_ATOM}entry") == []


def test_lines_and_feed_say_the_same(store: StoreLayout) -> None:
    save(store, {"id": "moon & more", "query": "moon", "min_relevance": 0.5})
    alerts = run(store)
    lines = [json.loads(line) for line in alerts.lines.read_text(encoding="utf-8").splitlines()]
    assert [line["article"]["id"] for line in lines] == [alert.article.id for alert in alerts.alerts]
    assert {(line["version"], line["since"], line["saved_search"]) for line in lines} == {("v2", "v1", "moon & more")}
    feed = ElementTree.fromstring(alerts.feed.read_bytes())
    entries = feed.findall(f"{_ATOM}entry")
    assert [entry.findtext(f"{_ATOM}content") for entry in entries] == [line["paragraph"]["text"] for line in lines]
    assert "moon & more: قمر" in [entry.findtext(f"{_ATOM}title") for entry in entries]
    links = [link for entry in entries if (link := entry.find(f"{_ATOM}link")) is not None]
    assert {link.get("href") for link in links} == {line["article"]["url"] for line in lines}
    times = {entry.findtext(f"{_ATOM}updated") for entry in entries}
    assert times == {feed.findtext(f"{_ATOM}updated")} == {lines[0]["found_at"].replace("Z", "+00:00")}


def test_taken_down_article_raises_no_alert(store: StoreLayout) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0.5})
    record_takedowns(store, ["ar-moon"], "takedown", "")
    assert [alert.article.id for alert in run(store).alerts] == ["en-moon"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "saved_searches.jsonl:1: the line: invalid JSON"),
        ('{"id": "a"}', "saved_searches.jsonl:1: query: field required"),
        (
            '{"id": "a", "query": "x", "lang": "en"}',
            "saved_searches.jsonl:1: lang: is not known; did you mean language?",
        ),
        (
            '{"id": "a", "query": "x", "language": "klingon"}',
            "saved_searches.jsonl:1: language: 'klingon' is not",
        ),
        (
            '{"id": "a", "query": "x", "published_from": "soon"}',
            "saved_searches.jsonl:1: published_from: 'soon' is not",
        ),
        ('{"id": "a", "query": "x"}\n{"id": "a", "query": "y"}', "saved_searches.jsonl:2: id 'a' is used twice"),
    ],
)
def test_saved_search_that_cannot_be_used_is_named(store: StoreLayout, line: str, reason: str) -> None:
    store.saved_searches.write_text(line, encoding="utf-8")
    with pytest.raises(StoreError, match=reason):
        read_saved_searches(store)


def test_without_saved_searches_it_says_where_to_write_them(store: StoreLayout) -> None:
    with pytest.raises(StoreNotFound, match="one JSON object a line"):
        run(store)


DISPATCH = "A dam broke above the valley at night and the people of three villages were brought to safety."
DAMS = {"id": "dams", "query": "dam broke above the valley", "min_relevance": 0.5}


def copy_of_the_dispatch(number: int) -> Article:
    return make_article(f"dam-{number}", "en", f"{DISPATCH} ({['AP', 'AFP', 'dpa'][number]})")


def test_copies_of_one_dispatch_are_one_alert(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES, version="v1")
    publish_fake_store(store.root, (*ARTICLES, *map(copy_of_the_dispatch, range(3))), version="v2")
    save(store, DAMS)
    assert len(found(run(store))) == 1


def test_copy_that_comes_later_is_no_news(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    save_after_first(store)
    publish_fake_store(store.root, (*ARTICLES, copy_of_the_dispatch(0)), version="v2")
    assert found(run(store, None)) == ["dam-0"]
    publish_fake_store(store.root, (*ARTICLES, *map(copy_of_the_dispatch, range(2))), version="v3")
    assert found(run(store, None)) == []


def test_copy_of_an_article_that_was_never_shown_is_news(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path / "store")
    save_after_first(store)
    record_takedowns(store, ["dam-0"], "takedown", "")
    publish_fake_store(store.root, (*ARTICLES, copy_of_the_dispatch(0)), version="v2")
    assert found(run(store, None)) == []
    publish_fake_store(store.root, (*ARTICLES, *map(copy_of_the_dispatch, range(2))), version="v3")
    assert found(run(store, None)) == ["dam-1"]


def save_after_first(store: StoreLayout) -> None:
    """Publish a first version, and run the search for dams on it."""
    publish_fake_store(store.root, ARTICLES, version="v1")
    save(store, DAMS)
    assert found(run(store, None)) == []


def test_first_run_looks_at_all_that_came_after_the_oldest_version(store: StoreLayout) -> None:
    publish_fake_store(store.root, (*ARTICLES, *NEW), version="v3")
    save(store, {"id": "all", "query": "moon", "min_relevance": 0})
    first = run(store, None)
    assert (first.since, found(first)) == ("v1", ["ar-moon", "en-quake", UNDATED.id])


def test_looking_back_from_a_version_loses_no_news(store: StoreLayout) -> None:
    save(store, {"id": "all", "query": "moon", "min_relevance": 0})
    assert found(run(store, "v2")) == []  # the first run
    publish_fake_store(store.root, (*ARTICLES, *NEW), version="v3")
    assert found(run(store, "v3")) == []
    assert found(run(store, None)) == [UNDATED.id]


def test_all_that_is_relevant_enough_is_found_however_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.alerts.run.MAX_HITS", 2)
    store = StoreLayout(tmp_path / "store")
    publish_fake_store(store.root, ARTICLES[:1], version="v1")
    publish_fake_store(store.root, ARTICLES, version="v2")
    save(
        store,
        {"id": "all", "query": "moon", "min_relevance": 0},
        {"id": "3", "query": "moon", "min_relevance": 0, "k": 3},
    )
    alerts = run(store).alerts
    assert [alert.rank for alert in alerts if alert.saved_search == "all"] == [1, 2, 3, 4]
    assert [alert.rank for alert in alerts if alert.saved_search == "3"] == [1, 2, 3]


def test_history_has_each_alert_once_and_forgets_after_thirty_days(
    store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0.5})
    assert found(run(store, "v1")) == found(run(store, "v1")) == ["ar-moon", "en-moon"]
    assert [alert.rank for alert in read_alerts(store.alert_ledger)] == [1, 2]
    later = datetime.now(UTC) + timedelta(days=31)
    monkeypatch.setattr("indexer.alerts.run.datetime", SimpleNamespace(now=lambda _zone: later))
    run(store, None)
    assert read_alerts(store.alert_ledger) == []


def test_run_that_fails_offers_nothing(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0.5})

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("indexer.alerts.run.search", fail)
        with pytest.raises(OSError, match="no space"):
            run(store, None)
    assert found(run(store, None)) == ["ar-moon", "en-moon"]


def test_second_run_waits_for_the_first(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, {"id": "moon", "query": "moon"})
    monkeypatch.setattr("indexer.alerts.ledger._WAIT_S", 0.0)
    with open_ledger(store.alert_ledger), pytest.raises(StoreError, match="by another process; try again"):
        run(store, None)


def test_damaged_ledger_says_how_to_go_on(store: StoreLayout) -> None:
    save(store, {"id": "moon", "query": "moon"})
    store.alert_ledger.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="run again with --since VERSION"):
        run(store, None)


STORIES = [
    make_article(f"story-{word}", "en", f"The moon and the {word} were seen {word} that night over the {word} valley.")
    for word in ("otter", "harbour", "violin", "glacier", "lantern")
]
SOME_STORIES = st.sets(st.integers(0, len(STORIES) - 1), min_size=1)
EVENTS = st.one_of(
    st.tuples(st.just("build"), SOME_STORIES),
    st.tuples(st.sampled_from(["roll back", "prune", "run", "fail"]), st.just(frozenset[int]())),
    st.tuples(st.sampled_from(["takedown", "undo"]), SOME_STORIES),
)


def test_the_files_of_a_run_that_was_killed_before_it_wrote_them_are_written_by_the_next_run(
    store: StoreLayout,
) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0.5})
    killed = run(store)
    lines, feed = killed.lines.read_bytes(), killed.feed.read_bytes()
    killed.lines.unlink()
    killed.feed.unlink()
    publish_fake_store(store.root, ARTICLES, version="v3")
    run(store, None)
    assert (killed.lines.read_bytes(), killed.feed.read_bytes()) == (lines, feed)


def test_a_first_run_that_has_not_ended_has_no_alerts(store: StoreLayout) -> None:
    store.alert_ledger.touch()
    assert read_alerts(store.alert_ledger) == []


@settings(max_examples=25, deadline=None)
@given(first=SOME_STORIES, events=st.lists(EVENTS, max_size=12))
def test_every_article_alerts_once_whatever_happens_in_between(
    first: set[int], events: list[tuple[str, set[int]]]
) -> None:
    """Builds, rollbacks, prunings, takedowns and failed runs between two runs change nothing."""
    with TemporaryDirectory() as folder:
        store = StoreLayout(Path(folder) / "store")
        contents = {"v01": first}
        publish_fake_store(store.root, [STORIES[n] for n in sorted(first)], version="v01")
        alerted: list[int] = []
        offered: set[int] | None = None
        hidden: set[int] = set()
        for event, chosen in [*events, ("run", set[int]())]:
            save(store, {"id": "moon", "query": "moon", "min_relevance": 0})
            if event == "build":
                name = f"v{len(contents) + 1:02}"
                contents[name] = chosen
                publish_fake_store(store.root, [STORIES[n] for n in sorted(chosen)], version=name)
            elif event == "roll back":
                with suppress(StoreError):  # there is no older one
                    roll_back(store)
            elif event == "prune":
                prune(store, 1)
            elif event in ("takedown", "undo"):
                record_takedowns(store, [STORIES[n].id for n in sorted(chosen)], cast("Action", event), "")
                hidden = hidden | chosen if event == "takedown" else hidden - chosen
            elif event == "fail":
                store.saved_searches.write_text("{", encoding="utf-8")
                with pytest.raises(StoreError):
                    run_alerts(store)
            else:
                if offered is None:
                    offered = set(contents[list_versions(store)[0]])
                shown = contents[current_version(store)] - hidden
                assert found(run_alerts(store)) == sorted(STORIES[n].id for n in shown - offered)
                alerted += shown - offered
                offered |= shown
        assert len(alerted) == len(set(alerted))
        assert len(read_alerts(store.alert_ledger)) == len(alerted)
