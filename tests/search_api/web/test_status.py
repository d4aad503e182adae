"""The state of the service, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexer.snapshot.layout import StoreLayout
from indexer.store.publish import publish, reject_version
from indexer.store.takedown import record_takedowns
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store, write_fake_report
from tests.search_api.web.conftest import OpenPage, serious_faults
from tests.service_process import service_in_thread


@pytest.fixture(scope="module")
def troubled(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a store after a bad night: rolled back, with a damaged report, a rejected build, and a takedown."""
    root: Path = tmp_path_factory.mktemp("troubled")
    store = StoreLayout(root)
    for version in ("v1", "v2", "v3"):
        publish_fake_store(root, ARTICLES, version=version)
        write_fake_report(root, version)
    publish(store, "v2")
    store.version("v3").report.write_text("damaged")
    (root / "staged").mkdir()
    reject_version(store, root / "staged", "v4", ["canary query 'القناة' finds nothing"])
    record_takedowns(store, ["en-canal"], "takedown", "asked for")
    with service_in_thread(create_app(Settings(store=root))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("locale", "rejected", "served", "seconds"),
    [
        ("en-GB", "The last build was rejected", "served", "62 secs"),
        ("ar-MA", "رُفض البناء الأخير", "معروض", "62"),
    ],
)
def test_what_went_wrong_comes_first_and_builds_have_their_stages(
    open_page: OpenPage, troubled: str, locale: str, rejected: str, served: str, seconds: str
) -> None:
    page = open_page(f"{troubled}/status", locale=locale, viewport={"width": 390, "height": 844})
    page.wait_for_selector("#saved")
    first, second = page.locator(".state .notice").all()
    assert rejected in first.text_content()
    assert first.locator("li").text_content() == "canary query 'القناة' finds nothing"
    assert "v3" in second.text_content()
    builds = page.locator(".state details")
    assert builds.count() == 2
    newest, before = builds.all()
    assert seconds in newest.locator("summary").text_content()
    assert newest.locator(".good").text_content() == served
    assert before.locator(".good").count() == 0
    assert not newest.locator("dl").first.is_visible()
    newest.locator("summary").click()
    stages = newest.locator("dt[lang=en]").all_text_contents()
    assert stages == ["reading", "embedding"]
    assert newest.locator("dt[lang=en] + dd").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_articles_that_are_taken_down_are_counted(open_page: OpenPage, troubled: str) -> None:
    page = open_page(f"{troubled}/status")
    page.wait_for_selector("#saved")
    assert page.text_content("dt:has-text('Articles taken down') + dd") == "1"


def test_a_real_build_is_shown(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/status")
    page.wait_for_selector("#saved")
    page.click(".state details summary")
    stages = page.locator("dt[lang=en]").all_text_contents()
    assert {"reading", "embedding", "indexing"} <= set(stages)
    assert page.locator(".state .notice").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_axe_finds_nothing_serious_after_a_bad_night(
    open_page: OpenPage, troubled: str, locale: str, scheme: str
) -> None:
    page = open_page(f"{troubled}/status", locale=locale, color_scheme=scheme)
    page.click(".state details summary")
    assert serious_faults(page) == []


@pytest.mark.parametrize(("locale", "direction"), [("en-GB", "ltr"), ("ar-MA", "rtl")])
def test_times_of_searches_are_drawn(open_page: OpenPage, troubled: str, locale: str, direction: str) -> None:
    for _ in range(3):
        assert httpx.get(f"{troubled}/v1/search", params={"q": "قناة"}).status_code == 200
    page = open_page(f"{troubled}/status", locale=locale)
    page.wait_for_selector("#saved")
    charts = page.locator("dd .bars")
    assert charts.count() == 4
    for chart in charts.all():
        heights = chart.locator("rect").evaluate_all("bars => bars.map(bar => Number(bar.getAttribute('height')))")
        assert max(heights) == 10
        assert chart.get_attribute("aria-hidden") == "true"
        # The shortest times are where reading begins.
        mirrored = chart.evaluate("chart => getComputedStyle(chart).transform")
        assert (mirrored != "none") == (direction == "rtl")
        # A percentage has no direction of its own that the words around it would take.
        words = chart.locator("xpath=../bdi")
        assert words.evaluate("bdi => getComputedStyle(bdi).direction") == direction
    assert not serious_faults(page)
