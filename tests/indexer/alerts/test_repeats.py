"""Each story alerts once, in whatever language it comes first, and goes on alerting in that language."""

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from indexer.alerts.run import run_alerts
from indexer.snapshot.content.article import Article
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.layout import StoreLayout
from indexer.store.takedown import record_takedowns
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store

MONDAY_AR = make_article("ar-1", "ar", "زلزال قوي ضرب المغرب فجر اليوم وخلف عشرات القتلى في قرى جبال الأطلس البعيدة")
MONDAY_EN = make_article(
    "en-1", "en", "A strong earthquake hit Morocco at dawn, and dozens died in remote mountain towns."
)
TUESDAY_AR = make_article(
    "ar-2", "ar", "فرق الإنقاذ تصل إلى قرى زلزال المغرب بعد يوم من الطرق المقطوعة والثلوج الكثيفة"
)
TUESDAY_EN = make_article(
    "en-2", "en", "Rescue teams reach the towns that the earthquake in Morocco had cut off from roads."
)
FRENCH = make_article("fr-1", "fr", "Un earthquake au morocco a fait des dizaines de morts dans les montagnes ce matin")
OTHER = make_article("en-9", "en", "An earthquake drill was held in all of the schools of the capital this morning.")
QUAKE = {"id": "زلزال", "query": "earthquake", "min_relevance": 0}


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store in which a search for earthquakes has been offered all that is there."""
    store = StoreLayout(tmp_path / "store")
    night(store)
    store.saved_searches.write_text(json.dumps(QUAKE) + "\n", encoding="utf-8")
    run_alerts(store)
    return store


def night(store: StoreLayout, *news: Article, other_events: Collection[Collection[str]] = ()) -> None:
    """Publish a version with what is given, in which all of it but `OTHER` is one event."""
    number = len(list(store.versions.glob("v*"))) + 1 if store.versions.exists() else 1
    event = [article.id for article in news if article is not OTHER]
    events = other_events or ([event] if len(event) > 1 else [])
    publish_fake_store(store.root, (*ARTICLES, *news), version=f"v{number}", events=list(events))


def found(store: StoreLayout) -> list[tuple[str, str]]:
    """Run the saved searches and return the alerts."""
    return [(alert.saved_search, alert.article.id) for alert in run_alerts(store).alerts]


def test_an_event_in_two_languages_is_one_alert_of_each_saved_search(store: StoreLayout) -> None:
    arabic = QUAKE | {"id": "arabic", "language": "ar"}
    store.saved_searches.write_text(json.dumps(QUAKE) + "\n" + json.dumps(arabic), encoding="utf-8")
    night(store, MONDAY_AR, MONDAY_EN, OTHER)
    alerts = found(store)
    assert len(alerts) == 3
    assert ("زلزال", "en-9") in alerts
    assert ("arabic", "ar-1") in alerts


@pytest.mark.parametrize(("first", "translated"), [(MONDAY_AR, MONDAY_EN), (MONDAY_EN, MONDAY_AR)])
def test_the_next_night_another_language_tells_nothing_new(
    store: StoreLayout, first: Article, translated: Article
) -> None:
    night(store, first)
    assert found(store) == [("زلزال", first.id)]
    night(store, first, translated, OTHER)
    assert found(store) == [("زلزال", "en-9")]
    night(store, first, translated, FRENCH, OTHER)
    assert found(store) == []


def test_a_new_report_in_the_language_of_the_first_one_is_news_although_another_one_is_nearer(
    store: StoreLayout,
) -> None:
    night(store, MONDAY_AR)
    assert found(store) == [("زلزال", "ar-1")]
    night(store, MONDAY_AR, MONDAY_EN, TUESDAY_AR)
    assert found(store) == [("زلزال", "ar-2")]  # and not the translation in its place
    night(store, MONDAY_AR, MONDAY_EN, TUESDAY_AR, TUESDAY_EN)
    assert found(store) == []


def test_what_alerted_one_saved_search_is_news_for_another(store: StoreLayout) -> None:
    night(store, MONDAY_AR)
    assert found(store) == [("زلزال", "ar-1")]
    other = QUAKE | {"id": "other"}
    store.saved_searches.write_text(json.dumps(QUAKE) + "\n" + json.dumps(other), encoding="utf-8")
    night(store, MONDAY_AR, MONDAY_EN)
    assert found(store) == [("other", "en-1")]


def test_articles_that_are_no_event_of_this_version_alert(store: StoreLayout) -> None:
    night(store, MONDAY_AR)
    assert found(store) == [("زلزال", "ar-1")]
    night(store, MONDAY_AR, MONDAY_EN, other_events=[["ar-1"]])
    assert found(store) == [("زلزال", "en-1")]
    night(store, MONDAY_AR, MONDAY_EN, TUESDAY_AR, TUESDAY_EN)  # now known as one event, which alerted in both
    assert len(found(store)) == 1


def test_an_article_that_is_taken_down_keeps_no_other_one_away(store: StoreLayout) -> None:
    night(store, MONDAY_AR)
    assert found(store) == [("زلزال", "ar-1")]
    record_takedowns(store, ["ar-1"], "takedown", "")
    night(store, MONDAY_AR, MONDAY_EN)
    assert found(store) == [("زلزال", "en-1")]


def test_looking_back_finds_the_same_again(store: StoreLayout) -> None:
    night(store, MONDAY_AR, MONDAY_EN)
    once = found(store)
    again = [(alert.saved_search, alert.article.id) for alert in run_alerts(store, "v1").alerts]
    assert again == once
    assert len(read_alerts(store.alert_ledger)) == 1
