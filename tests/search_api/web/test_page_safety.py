"""The pages over articles that mean harm, and over a service that needs a key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.search_api.web.conftest import OpenPage
from tests.service_process import service_in_thread

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"
HARMFUL = make_article(
    "harm/../<b>",
    "en",
    f"A canal {MARKUP} with many more words, so that nobody joins it to another paragraph.",
    title=f"Canal {MARKUP}",
    source='"><script>alert(3)</script>',
    published="2024-05-14",
)


@pytest.fixture(scope="module")
def harmful_service(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("harmful")
    publish_fake_store(root, (HARMFUL, *ARTICLES))
    with service_in_thread(create_app(Settings(store=root))) as port:
        yield f"http://127.0.0.1:{port}"


def test_markup_in_an_article_is_shown_as_text(open_page: OpenPage, harmful_service: str) -> None:
    page = open_page(f"{harmful_service}/?q=canal")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())  # type: ignore[func-returns-value]
    page.wait_for_selector(".hit")
    assert MARKUP in page.locator(".hit h2").all_text_contents()[0] + page.text_content(".hits")
    assert page.locator("main img, main script").count() == 0
    page.locator(".hit h2 a", has_text="onerror").click()
    page.wait_for_selector(".whole h1")
    assert MARKUP in page.text_content(".whole h1")
    assert MARKUP in page.text_content(".whole .text")
    page.wait_for_load_state("networkidle")
    assert page.locator("main img, main script").count() == 0
    assert dialogs == []


def test_an_article_whose_id_has_slashes_has_a_page(open_page: OpenPage, fake_service: str) -> None:
    page = open_page(f"{fake_service}/?q=election")
    page.locator(".hit h2 a", has_text="Election").first.click()
    page.wait_for_selector(".whole h1")
    assert page.text_content(".whole h1") == "Election"
    page.goto(f"{fake_service}/article/en-undated/with%20slash")
    page.wait_for_selector(".whole h1")


def test_a_key_is_asked_for_once_and_kept_for_the_tab(browser: Any, open_page: OpenPage, tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    key, _ = create_key(StoreLayout(tmp_path), "editor", [Scope.SEARCH], None)
    with service_in_thread(create_app(Settings(store=tmp_path))) as port:
        page = open_page(f"http://127.0.0.1:{port}/?q=canal")
        page.fill("input[name=key]", "wrong")
        page.click("text=Use it")
        page.wait_for_selector("text=This key is not valid")
        page.fill("input[name=key]", key)
        page.click("text=Use it")
        page.wait_for_selector(".hit")
        page.reload()
        page.wait_for_selector(".hit")
        page.goto(f"http://127.0.0.1:{port}/status")
        page.wait_for_selector("text=need a key for operators")
        other_tab = open_page(f"http://127.0.0.1:{port}/?q=canal")
        other_tab.wait_for_selector("input[name=key]")


def test_both_tables_have_every_text_with_its_plurals(open_page: OpenPage, fake_service: str) -> None:
    page = open_page(fake_service)
    folder = page.get_attribute("script", "src").rpartition("/")[0].lstrip("./")
    tables = page.evaluate(
        "async folder => { const [en, ar] = await Promise.all([import(`/${folder}/strings_en.js`), "
        "import(`/${folder}/strings_ar.js`)]); return [en.english, ar.arabic]; }",
        folder,
    )
    english, arabic = tables
    assert list(english) == list(arabic)
    for name, text in english.items():
        if isinstance(text, dict):
            assert set(text) == {"one", "other"}, name
            assert set(arabic[name]) == {"zero", "one", "two", "few", "many", "other"}, name
        else:
            assert isinstance(arabic[name], str), name


def test_plurals_of_arabic_are_chosen_by_number(open_page: OpenPage, fake_service: str) -> None:
    page = open_page(fake_service, locale="ar-MA")
    folder = page.get_attribute("script", "src").rpartition("/")[0].lstrip("./")
    said = page.evaluate(
        "async folder => { const { say } = await import(`/${folder}/interface.js`); "
        "return [0, 1, 2, 3, 11, 100].map(n => say('copies', { n })); }",
        folder,
    )
    assert said == ["لا نسخ", "نسخة واحدة", "نسختان", "3 نسخ", "11 نسخة", "100 نسخة"]


def test_a_refusal_that_comes_late_does_not_take_a_newer_key(browser: Any, open_page: OpenPage, tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    key, _ = create_key(StoreLayout(tmp_path), "editor", [Scope.SEARCH], None)
    with service_in_thread(create_app(Settings(store=tmp_path))) as port:
        page = open_page(f"http://127.0.0.1:{port}")
        page.wait_for_selector("input[name=key]")
        held: list[Any] = []
        page.route("**/v1/index", lambda route: held.append(route))
        with page.expect_request("**/v1/index"):
            page.reload()
        page.evaluate("key => sessionStorage.setItem('khabar.key', key)", key)
        for route in held:
            route.continue_()
        page.wait_for_selector("input[name=key]")
        assert page.evaluate("sessionStorage.getItem('khabar.key')") == key
