"""A browser, and services for it to look at."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ROOT
from tests.service_process import running_service, service_in_thread

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

OpenPage = Callable[..., Any]
"""Opens an address in a context of its own: `open_page(address, locale="ar", **options of Playwright)`."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the Chromium of the system: Playwright would download one of its own."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    return path


# Of a module and not of the session: while it runs, Playwright has an event loop in this thread, and no other test
# could run one of its own.
@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Any]:
    """Return a running Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """Return what opens pages; a script that fails, or a request to another host, fails the test."""
    contexts, faults = [], []

    def opened(address: str, *, locale: str = "en-GB", **options: Any) -> Any:
        context = browser.new_context(locale=locale, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda sent: faults.append(sent.url) if not _is_own(sent.url, address) else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _is_own(url: str, address: str) -> bool:
    origin = "/".join(address.split("/")[:3])
    return url.startswith((f"{origin}/", "data:"))


@pytest.fixture(scope="session")
def sample_service(chromium_path: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Run `khabar serve` over the sample corpus, if there is a browser to look at it, and yield its address."""
    store: Path = request.getfixturevalue("sample_store")  # it is not built without a browser
    with running_service((sys.executable, "-m", "search_api"), store, cwd=ROOT) as address:
        yield address


@pytest.fixture(scope="module")
def fake_service(browser: Any, fake_store: Path) -> Iterator[str]:
    """Serve the few articles of `conftest.ARTICLES`, and yield the address."""
    with service_in_thread(create_app(Settings(store=fake_store))) as port:
        yield f"http://127.0.0.1:{port}"


def titles(page: Any) -> list[str]:
    """Return the titles of the results, once they are there."""
    page.wait_for_selector(".results:not([aria-busy]) .hit")
    found: list[str] = page.locator(".hit h2").all_text_contents()
    return found


def serious_faults(page: Any) -> list[tuple[str, list[str]]]:
    """Return what axe finds serious or worse in a page: the rule, and the elements that break it."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page).response["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]
