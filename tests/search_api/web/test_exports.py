"""The menu of exports and feeds, in a real browser over a small service."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store
from tests.search_api.web.conftest import OpenPage, titles
from tests.service_process import service_in_thread

MENU = {"en-GB": "Export and feeds", "ar": "التصدير والخلاصات"}


@pytest.fixture(scope="module")
def guarded(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the few articles to those who have a key, and yield address and key."""
    root = tmp_path_factory.mktemp("guarded")
    publish_fake_store(root, ARTICLES)
    key, _ = create_key(StoreLayout(root), "editor", [Scope.SEARCH], None)
    with service_in_thread(create_app(Settings(store=root))) as port:
        yield f"http://127.0.0.1:{port}", key


def with_key(open_page: OpenPage, guarded: tuple[str, str], path: str, locale: str) -> Any:
    address, key = guarded
    page = open_page(address, locale=locale)
    page.evaluate("key => sessionStorage.setItem('khabar.key', key)", key)
    page.goto(address + path)
    return page


def saved_file(page: Any, label: str) -> tuple[str, str]:
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("locale", MENU)
@pytest.mark.parametrize("needs_key", [False, True], ids=["open", "with a key"])
def test_results_are_saved_as_tables(
    open_page: OpenPage, fake_service: str, guarded: tuple[str, str], locale: str, needs_key: bool
) -> None:
    path = "/?q=canal&language=en&sort=oldest"
    page = with_key(open_page, guarded, path, locale) if needs_key else open_page(fake_service + path, locale=locale)
    shown = titles(page)
    page.click(f"summary:has-text('{MENU[locale]}')")
    everything = "كل شيء" if locale == "ar" else "everything"
    name, text = saved_file(page, f"CSV: {everything}")
    assert name == "khabar-v1.csv"
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["title"] for row in rows] == shown
    name, text = saved_file(page, f"JSON Lines: {everything}")
    assert name == "khabar-v1.jsonl"
    assert [json.loads(line)["article"]["title"] for line in text.splitlines()] == shown


def test_as_many_as_are_relevant_can_be_saved(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    relevant = page.locator(".hits > li:not(.pale, .line)").count()
    page.click("summary:has-text('Export')")
    _, text = saved_file(page, f"JSON Lines: the best {relevant}")
    assert len(text.splitlines()) == relevant


def test_a_feed_has_a_link_and_is_named_in_the_head(open_page: OpenPage, fake_service: str) -> None:
    page = open_page(f"{fake_service}/?q=canal&source=Harbour+Post")
    titles(page)
    page.click("summary:has-text('Export')")
    for name, kind in (("RSS", "application/rss+xml"), ("Atom", "application/atom+xml")):
        feed = page.request.get(page.get_by_role("link", name=name).get_attribute("href"))
        assert feed.headers["content-type"].startswith(kind)
        assert "Canal open again" in feed.text()
        assert "معاهدة" not in feed.text()
    alternate = page.locator("head link[rel=alternate]")
    assert alternate.get_attribute("href") == page.get_by_role("link", name="Atom").get_attribute("href")
    page.fill("#q", "moon")
    page.press("#q", "Enter")
    page.wait_for_function("() => document.querySelector('link[rel=alternate]').href.includes('q=moon')")
    assert alternate.count() == 1
    page.go_back()
    page.wait_for_function("() => document.querySelector('link[rel=alternate]').href.includes('q=canal')")
    page.goto(fake_service)
    page.wait_for_selector(".welcome")
    assert alternate.count() == 0


@pytest.mark.parametrize(
    ("locale", "expected"), [("en-GB", "cannot send the key"), ("ar", "تحتاج هذه الخدمة إلى مفتاح")]
)
def test_where_a_key_is_needed_the_menu_says_that_feeds_cannot_send_it(
    open_page: OpenPage, guarded: tuple[str, str], locale: str, expected: str
) -> None:
    page = with_key(open_page, guarded, "/?q=canal", locale)
    titles(page)
    page.click(f"summary:has-text('{MENU[locale]}')")
    assert page.is_visible(f"text={expected}")
    assert page.get_by_role("link", name="Atom").count() == 0
    assert page.locator("link[rel=alternate]").count() == 0


def test_an_export_that_is_refused_is_said_to_be(open_page: OpenPage, guarded: tuple[str, str]) -> None:
    page = with_key(open_page, guarded, "/?q=canal", "en-GB")
    titles(page)
    page.route("**/v1/search?*format=csv*", lambda route: route.fulfill(status=503, json={"detail": "8 exports"}))
    page.click("summary:has-text('Export')")
    page.get_by_role("link", name="CSV: everything").click()
    assert "Many people are searching" in page.text_content("[role=alert]")
    page.unroute("**/v1/search?*format=csv*")
    with page.expect_download():
        page.click("text=Try again")
