"""How the pages come: in pieces, without scripts, with their modules, and while somebody types already."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.search_api.web.conftest import OpenPage, titles


@pytest.fixture
def slow_address(fake_service: str) -> Iterator[str]:
    """Yield the address of a server that sends the page in two pieces, and all else as the service gives it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the library calls
            answer = httpx.get(f"{fake_service}{self.path}", headers={"Accept-Encoding": "identity"})
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            first, main, rest = answer.content.partition(b"<main")
            self.wfile.write(first)
            self.wfile.flush()
            if main:
                time.sleep(1)
                self.wfile.write(main + rest)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("times", [1, 2])
def test_a_page_that_comes_in_pieces_is_shown(open_page: OpenPage, slow_address: str, times: int) -> None:
    page = open_page(f"{slow_address}/?q=moon", locale="ar")
    for _ in range(times - 1):  # the modules are in the browser's cache then, and there before the page
        page.reload()
    assert titles(page)
    assert page.locator("footer").inner_text().startswith("حالة الخدمة")


@pytest.mark.parametrize("path", ["", "status", "article/en-canal"])
def test_a_page_asks_at_once_for_the_modules_that_it_runs(
    browser: Any, open_page: OpenPage, fake_service: str, path: str
) -> None:
    page = open_page(f"{fake_service}/{path}")
    page.wait_for_load_state("networkidle")
    named = page.evaluate("[...document.querySelectorAll('[rel=modulepreload], script')].map((e) => e.href || e.src)")

    without_links = browser.new_page()
    imported = set()
    without_links.on("request", lambda request: imported.add(request.url))
    without_links.route(f"{fake_service}/{path}", _without_preloads)
    without_links.goto(f"{fake_service}/{path}")
    without_links.wait_for_load_state("networkidle")
    without_links.close()
    assert {url for url in imported if url.endswith(".js")} == set(named)


def _without_preloads(route: Any) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=re.sub("<link rel=.modulepreload.[^>]*>", "", answer.text()))


def test_without_scripts_the_page_says_what_it_needs(browser: Any, fake_service: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(fake_service)
    assert page.locator("noscript").is_visible()
    context.close()


def test_what_is_typed_before_the_search_is_there_is_kept(open_page: OpenPage, fake_service: str) -> None:
    page = open_page(fake_service)
    page.route("**/search_view.js", lambda route: (page.fill("#q", "moon"), route.continue_()))
    page.reload()
    page.wait_for_selector(".welcome")
    assert page.input_value("#q") == "moon"
