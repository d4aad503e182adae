"""The pages in a real browser, over the sample corpus and the real service."""

import re
from typing import Any

import pytest

from tests.search_api.web.conftest import OpenPage, serious_faults, titles

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
RESULTS = re.compile(r"/v1/search\?")


def search(page: Any, text: str) -> list[str]:
    page.fill("#q", text)
    page.press("#q", "Enter")
    page.wait_for_function("text => document.title.startsWith(text)", arg=text)
    return titles(page)


@pytest.mark.parametrize(("locale", "direction"), [("en-GB", "ltr"), ("ar-EG", "rtl")])
@pytest.mark.parametrize(
    ("query", "expected"), [("earthquake", "معبران جديدان"), ("زلزال", "Morocco promises cash")], ids=["en", "ar"]
)
def test_a_search_finds_both_languages_whatever_the_page_speaks(
    open_page: OpenPage, sample_service: str, locale: str, direction: str, query: str, expected: str
) -> None:
    page = open_page(sample_service, locale=locale)
    assert any(expected in title for title in search(page, query))
    assert page.get_attribute("html", "dir") == direction
    hits = page.locator(".hit h2")
    assert {hits.nth(n).get_attribute("dir") for n in range(hits.count())} == {"ltr", "rtl"}
    assert page.locator(".hit mark").count() > 0


def test_filters_orders_and_pages_are_in_the_address(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    first = search(page, "war")
    page.click("fieldset:has(legend:text('Language')) button:has-text('Arabic')")
    page.wait_for_url("**language=ar**")
    in_arabic = titles(page)
    assert in_arabic != first
    assert page.locator(".hit h2[lang=ar]").count() == len(in_arabic)
    page.select_option("select[name=sort]", "newest")
    page.wait_for_url("**sort=newest**")
    page.wait_for_selector(".results:not([aria-busy])")
    times = page.locator(".hit > .meta time").evaluate_all("all => all.map(each => each.dateTime)")
    assert times == sorted(times, reverse=True)
    newest = titles(page)
    shared = open_page(page.url)
    assert titles(shared) == newest
    page.go_back()
    page.wait_for_function("() => !location.search.includes('sort')")
    page.wait_for_selector(".results:not([aria-busy])")
    assert titles(page) == in_arabic
    page.go_forward()
    page.wait_for_function("() => location.search.includes('sort')")
    page.wait_for_selector(".results:not([aria-busy])")
    assert titles(page) == newest
    page.click("text=Remove all filters")
    page.wait_for_function("() => !location.search.includes('language')")


def test_pages_follow_each_other_without_repeating(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=government&mode=semantic")
    first = titles(page)
    assert len(first) == 10
    page.click("a[rel=next]")
    page.wait_for_url("**page=2**")
    page.wait_for_function("first => document.querySelector('.hit h2')?.textContent !== first", arg=first[0])
    assert not set(titles(page)) & set(first)
    page.click("a[rel=prev]")
    page.wait_for_function("() => !location.search.includes('page')")
    page.wait_for_function("first => document.querySelector('.hit h2')?.textContent === first", arg=first[0])


def test_a_bar_of_the_histogram_shows_its_time_alone(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    page.locator(".histogram button").first.click()
    page.wait_for_url("**from=**")
    titles(page)
    assert page.input_value("input[name=from]") <= page.input_value("input[name=to]")


def test_an_article_shows_what_matched_and_leads_back(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=Suez%20canal%20ship")
    title = titles(page)[0]
    page.locator(".hit h2 a").first.click()
    page.wait_for_selector(".whole h1")
    assert page.text_content(".whole h1") == title
    assert page.locator(".whole mark").count() == 1
    assert page.input_value("#q") == "Suez canal ship"
    page.wait_for_selector(".side h2")
    page.click("text=Back to the results")
    assert titles(page)[0] == title


def test_more_like_this_leaves_the_article_out(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    title = titles(page)[0]
    page.locator("text=More like this").first.click()
    page.wait_for_url("**like=**")
    page.wait_for_selector("h1:has-text('Similar to')")
    assert title not in titles(page)


def test_the_language_of_the_page_is_switched_and_remembered(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service, locale="fr-FR")
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=العربية")
    page.wait_for_selector("html[dir=rtl]")
    page.reload()
    page.wait_for_selector("html[dir=rtl]")
    assert page.text_content("button[type=submit]") == "بحث"


def test_everything_works_with_the_keyboard(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/status")
    page.wait_for_selector(".state")
    page.keyboard.press("/")
    page.keyboard.type("earthquake")
    page.keyboard.press("Enter")
    title = titles(page)[0]
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.hit h2') !== null"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector(".whole h1")
    assert page.text_content(".whole h1") == title


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize("path", ["", "?q=earthquake", "status", "article/en-ever-given-suez"])
def test_a_phone_needs_no_scrolling_to_the_side(
    open_page: OpenPage, sample_service: str, locale: str, path: str
) -> None:
    page = open_page(f"{sample_service}/{path}", locale=locale, **PHONE)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_filters_are_folded_on_a_phone(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake", **PHONE)
    titles(page)
    assert not page.is_visible("select[name=sort]")
    page.click(".side summary")
    assert page.is_visible("select[name=sort]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize(
    "path",
    [
        "",
        "?q=earthquake",
        "?q=earthquake&source=Nobody",
        "?like=en-ever-given-suez",
        "status",
        "article/en-ever-given-suez",
    ],
)
def test_axe_finds_nothing_serious(
    open_page: OpenPage, sample_service: str, path: str, locale: str, scheme: str
) -> None:
    page = open_page(f"{sample_service}/{path}", locale=locale, color_scheme=scheme)
    page.wait_for_load_state("networkidle")
    assert serious_faults(page) == []


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize("path", ["", "?q=earthquake", "status", "article/en-ever-given-suez?p=4"])
def test_nothing_moves_while_a_page_comes(
    open_page: OpenPage, sample_service: str, path: str, locale: str, options: dict[str, Any]
) -> None:
    page = open_page(f"{sample_service}/{path}", locale=locale, **options)
    page.wait_for_load_state("networkidle")
    shifts = """() => new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => list.getEntries().forEach(each => sum += each.value))
            .observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 200);
    })"""
    assert page.evaluate(shifts) == pytest.approx(0, abs=0.001)


def test_dark_pages_are_dark(open_page: OpenPage, sample_service: str) -> None:
    light, dark = (open_page(sample_service, color_scheme=scheme) for scheme in ("light", "dark"))
    backgrounds = [page.evaluate("getComputedStyle(document.body).backgroundColor") for page in (light, dark)]
    assert [sum(map(int, re.findall(r"\d+", each))) > 380 for each in backgrounds] == [True, False]


def test_an_answer_that_comes_late_is_not_shown(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    held: list[Any] = []

    def hold_first(route: Any) -> None:
        if "q=war" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route(RESULTS, hold_first)
    page.fill("#q", "war")
    page.press("#q", "Enter")
    page.wait_for_selector(".skeleton")
    search(page, "earthquake")
    shown = titles(page)
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    assert titles(page) == shown
    assert page.title().startswith("earthquake")


def test_the_first_results_are_drawn_before_the_others(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    page.evaluate(
        "() => { window.drawn = []; new MutationObserver(() => drawn.push(document.querySelectorAll('.hit').length))"
        ".observe(document.body, { childList: true, subtree: true }); }"
    )
    search(page, "earthquake")
    assert len(titles(page)) == 10
    assert [n for n in dict.fromkeys(page.evaluate("drawn")) if n] == [2, 10]


def test_what_is_drawn_later_belongs_to_the_latest_search(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    expected = titles(page)
    page.goto(sample_service)
    page.evaluate(
        "() => { window.held = []; window.ask = requestAnimationFrame;"
        " window.requestAnimationFrame = (draw) => held.push(draw); }"
    )
    for query in ("war", "earthquake"):
        page.fill("#q", query)
        page.press("#q", "Enter")
        page.wait_for_selector(f"h1:has-text('{query}')")
    page.evaluate("() => { window.requestAnimationFrame = ask; for (const draw of held) draw(); }")
    assert titles(page) == expected
    assert page.locator(".results > *").count() == 3  # what is above the results, these, and what is below them


@pytest.mark.parametrize(
    ("status", "expected"), [(500, "has met an error"), (503, "Many people are searching"), (429, "Many people")]
)
def test_a_failed_search_says_so_and_can_be_repeated(
    open_page: OpenPage, sample_service: str, status: int, expected: str
) -> None:
    page = open_page(sample_service)
    page.route(RESULTS, lambda route: route.fulfill(status=status, json={"detail": "because"}))
    page.fill("#q", "earthquake")
    page.press("#q", "Enter")
    assert expected in page.text_content("[role=alert]")
    page.unroute(RESULTS)
    page.click("text=Try again")
    titles(page)
    assert page.locator("[role=alert]").count() == 0


def test_a_service_that_cannot_be_reached_is_said_to_be(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service, locale="ar")
    page.context.set_offline(True)
    page.fill("#q", "earthquake")
    page.press("#q", "Enter")
    assert "الخدمة لا تجيب" in page.text_content("[role=alert]")
    page.context.set_offline(False)  # then it asks again by itself
    titles(page)


def test_a_new_version_begins_again_with_the_first_page(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=government&mode=semantic")
    first = titles(page)
    page.route(re.compile("index_version"), lambda route: route.fulfill(status=409, json={"detail": "another version"}))
    page.click("a[rel=next]")
    page.wait_for_selector("text=New articles have come in")
    assert titles(page) == first
    assert "page" not in page.url


def test_an_index_that_is_too_old_is_said_to_be(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    stale = {**page.request.get(f"{sample_service}/v1/index").json(), "stale": True, "age_s": 180_000.0}
    page.route("**/v1/index", lambda route: route.fulfill(json=stale))
    page.goto(f"{sample_service}/?q=earthquake")
    page.wait_for_selector("text=The index is 50 hours old")
    assert titles(page)


def test_wrong_parameters_in_the_address_are_explained(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake&from=yesterday")
    assert "does not understand" in page.text_content("[role=alert]")
    page = open_page(f"{sample_service}/article/no-such-article")
    assert "not in the index" in page.text_content("[role=alert]")
