"""Saved searches against what is new, and their feed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from indexer.alerts.run import AlertRun, run_alerts
from indexer.alerts.saved_search import read_saved_searches
from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.format.alerts import Alert
from indexer.snapshot.format.atom import atom_feed
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
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


def run(store: StoreLayout, since: str = "v1") -> AlertRun:
    return run_alerts(store, since)


def test_only_what_is_new_is_found_in_either_language(store: StoreLayout) -> None:
    save(
        store,
        {"id": "quakes", "query": "earthquake morocco", "min_relevance": 0.5},
        {"id": "moon", "query": "moon", "min_relevance": 0.5},
        {"id": "canal", "query": "canal", "min_relevance": 0.5},
    )
    alerts = run(store)
    found = {(alert.saved_search, alert.article.id) for alert in alerts.alerts}
    # The old article on the quake in Morocco is the better answer, and no news.
    assert found == {("quakes", "en-quake"), ("moon", "ar-moon"), ("moon", "en-moon")}
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
    found = [(alert.saved_search, alert.article.id) for alert in run(store).alerts]
    assert [one for name, one in found if name == "arabic"] == ["ar-moon"]
    assert len([one for name, one in found if name == "one"]) == 1
    assert [one for name, one in found if name == "dated"] == ["en-moon"]
    assert not [one for name, one in found if name == "sure"]


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
    assert feed.findtext(f"{_ATOM}updated") == "2026-01-02T03:04:05Z".replace("Z", "+00:00")


def test_taken_down_article_raises_no_alert(store: StoreLayout) -> None:
    save(store, {"id": "moon", "query": "moon", "min_relevance": 0.5})
    record_takedowns(store, ["ar-moon"], "takedown", "")
    assert [alert.article.id for alert in run(store).alerts] == ["en-moon"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "saved_searches.jsonl:1: the line: invalid JSON"),
        ('{"id": "a"}', "saved_searches.jsonl:1: query: field required"),
        ('{"id": "a", "query": "x", "lang": "en"}', "saved_searches.jsonl:1: lang: extra inputs"),
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


def test_feed_takes_any_text() -> None:
    """Characters that XML does not know are left out; Arabic, marks and markup are kept."""
    text = "نَصّ <b>bold</b> & \u200fmark\uffff\x0b"
    article = ArticleSummary(id=text, title=text, language="ar", source=text, url=None, published_at=None)
    alert = Alert(text, text, "v1", 1, 0.5, 1.0, article, Paragraph("a:1", 1, None, text, "ar"))
    feed = ElementTree.fromstring(atom_feed([alert], "v2", "2026-01-02T03:04:05Z").encode())
    assert feed.findtext(f"{_ATOM}entry/{_ATOM}content") == "نَصّ <b>bold</b> & \u200fmark"


def test_copies_of_one_dispatch_are_one_alert(tmp_path: Path) -> None:
    dispatch = "A dam broke above the valley at night and the people of three villages were brought to safety."
    publish_fake_store(tmp_path / "store", ARTICLES, version="v1")
    copies = [make_article(f"dam-{n}", "en", f"{dispatch} ({source})") for n, source in enumerate(["AP", "AFP", "dpa"])]
    publish_fake_store(tmp_path / "store", (*ARTICLES, *copies), version="v2")
    store = StoreLayout(tmp_path / "store")
    save(store, {"id": "dams", "query": "dam broke above the valley", "min_relevance": 0})
    assert len([alert for alert in run(store).alerts if alert.article.id.startswith("dam-")]) == 1
