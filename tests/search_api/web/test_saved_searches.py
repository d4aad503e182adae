"""Saving the search that is shown, and the list of saved searches, in a real browser over a small service."""

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
from tests.search_api.web.conftest import OpenPage, serious_faults, titles
from tests.service_process import service_in_thread

SUMMARY = {"en-GB": "Save this search", "ar": "احفظ هذا البحث"}


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    publish_fake_store(tmp_path, ARTICLES)
    return StoreLayout(tmp_path)


@pytest.fixture
def service(browser: Any, store: StoreLayout) -> Iterator[str]:
    with service_in_thread(create_app(Settings(store=store.root))) as port:
        yield f"http://127.0.0.1:{port}"


def save(page: Any, locale: str, name: str | None = None) -> None:
    page.click(f"summary:has-text('{SUMMARY[locale]}')")
    if name is not None:
        page.fill("input[name=name]", name)
    page.click(".menus button[type=submit]")


def saved(store: StoreLayout) -> list[dict[str, Any]]:
    lines = store.saved_searches.read_text(encoding="utf-8").splitlines()
    return [{name: value for name, value in json.loads(line).items() if value is not None} for line in lines]


@pytest.mark.parametrize(
    ("locale", "outcome", "listed"), [("en-GB", "Saved.", "without BBC"), ("ar", "حُفظ.", "بلا BBC")]
)
def test_a_search_is_saved_with_its_filters_and_shown_again(
    open_page: OpenPage, service: str, store: StoreLayout, locale: str, outcome: str, listed: str
) -> None:
    path = "/?q=canal&language=en&source=Harbour+Post%2C-BBC&from=2021-01-01&to=2023-12-31&mode=exact&sort=newest"
    page = open_page(service + path, locale=locale)
    shown = titles(page)
    save(page, locale, "القناة")
    page.wait_for_selector(f"text={outcome}")
    (entry,) = saved(store)
    assert entry.pop("min_relevance", 0.9) == 0.9
    assert entry == {
        "id": "القناة",
        "query": "canal",
        "language": "en",
        "source": "Harbour Post,-BBC",
        "published_from": "2021-01-01",
        "published_to": "2023-12-31",
        "mode": "exact",
    }
    page.click(".menus [role=status] a")
    page.wait_for_selector("#saved li")
    assert listed in page.text_content("#saved li .meta")
    page.click("#saved a:has-text('القناة')")
    assert titles(page) == shown
    assert page.locator(".chips button").count() == 5


def test_a_saved_search_has_a_feed_and_is_removed(open_page: OpenPage, service: str, store: StoreLayout) -> None:
    store.saved_searches.write_text('{"id": "a/b ö", "query": "canal"}\n{"id": "moon", "query": "moon"}\n', "utf-8")
    page = open_page(f"{service}/status")
    page.wait_for_selector("#saved li")
    feed = page.request.get(page.locator("#saved li a", has_text="Feed").first.get_attribute("href"))
    assert (feed.status, feed.headers["content-type"]) == (200, "application/atom+xml")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.click("#saved li:has-text('a/b ö') button")
    assert len(saved(store)) == 2
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#saved li:has-text('a/b ö') button")
    page.wait_for_function("() => document.querySelectorAll('#saved > ul > li').length === 1")
    assert [each["id"] for each in saved(store)] == ["moon"]


@pytest.mark.parametrize(
    ("locale", "expected"), [("en-GB", "There is a saved search of this name."), ("ar", "هناك بحث محفوظ بهذا الاسم.")]
)
def test_a_name_is_taken_once(
    open_page: OpenPage, service: str, store: StoreLayout, locale: str, expected: str
) -> None:
    store.saved_searches.write_text('{"id": "canal", "query": "moon"}\n', "utf-8")
    page = open_page(f"{service}/?q=canal", locale=locale)
    titles(page)
    save(page, locale)  # its name is what was searched for, until somebody gives another
    page.wait_for_selector(f"text={expected}")
    assert [each["query"] for each in saved(store)] == ["moon"]
    page.fill("input[name=name]", "canals")
    page.click(".menus button[type=submit]")
    page.wait_for_selector(".menus [role=status] a")
    assert [each["id"] for each in saved(store)] == ["canal", "canals"]


def test_what_is_like_an_article_is_not_saved(open_page: OpenPage, service: str) -> None:
    page = open_page(f"{service}/?like=en-canal")
    titles(page)
    assert page.locator(".menus summary").count() == 1


@pytest.mark.parametrize(("locale", "expected"), [("en-GB", "needs a key for operators"), ("ar", "إلى مفتاح المشغّلين")])
def test_saving_asks_for_a_key_of_operators(
    browser: Any, open_page: OpenPage, store: StoreLayout, locale: str, expected: str
) -> None:
    searching, _ = create_key(store, "editor", [Scope.SEARCH], None)
    operating, _ = create_key(store, "operator", [Scope.SEARCH, Scope.OPERATE], None)
    with service_in_thread(create_app(Settings(store=store.root))) as port:
        page = open_page(f"http://127.0.0.1:{port}", locale=locale)
        page.evaluate("key => sessionStorage.setItem('khabar.key', key)", searching)
        page.goto(f"http://127.0.0.1:{port}/?q=canal")
        titles(page)
        save(page, locale)
        assert expected in page.text_content(".menus .notice")
        page.reload()
        titles(page)  # the key of the editor is kept
        save(page, locale)
        page.fill("input[name=key]", operating)
        page.click(".menus .notice button")
        page.wait_for_selector(".menus [role=status] a")
    assert [each["id"] for each in saved(store)] == ["canal"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", SUMMARY)
def test_axe_finds_nothing_serious_in_menus_and_lists(
    open_page: OpenPage, service: str, store: StoreLayout, locale: str, scheme: str
) -> None:
    store.saved_searches.write_text('{"id": "canal", "query": "canal"}\n', "utf-8")
    page = open_page(f"{service}/?q=canal&source=Harbour+Post&since=9000d", locale=locale, color_scheme=scheme)
    titles(page)
    page.locator(".menus summary").first.click()
    save(page, locale)
    page.wait_for_selector(".menus .detail")
    assert serious_faults(page) == []
    page.goto(f"{service}/status")
    page.wait_for_selector("#saved li")
    assert serious_faults(page) == []
