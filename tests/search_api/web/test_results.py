"""The results of the search page, and the way to an article and back, in a real browser over the sample corpus."""

import re

import pytest

from tests.search_api.web.conftest import OpenPage, titles

pytestmark = pytest.mark.slow

LONG = (
    "The court heard. " * 30 + "An earthquake shook the High Atlas near Marrakech at night. " + "More was said. " * 30
)
"""A paragraph that no phone shows as a whole."""


def test_results_that_are_hardly_relevant_come_after_a_line(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    shown = page.locator(".hits > li").evaluate_all("all => all.map(each => each.className)")
    line = shown.index("line")
    assert "pale" not in shown[:line]
    assert set(shown[line + 1 :]) == {"pale"}
    n_relevant = int(re.sub(r"\D", "", page.text_content(".results .meta >> nth=0")))
    assert n_relevant == line  # of this query, no story has copies


def test_a_long_paragraph_is_cut_around_its_best_sentence(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    answer = page.request.get(f"{sample_service}/v1/search?q=earthquake&k=1&highlight=true&facets=language").json()
    start = LONG.index("An earthquake")
    answer["hits"][0]["paragraph"].update(text=LONG, language="en")
    answer["hits"][0]["highlights"] = [
        {"start": start, "end": start + 59, "kind": "sentence"},
        {"start": start + 3, "end": start + 13, "kind": "term"},
    ]
    page.route("**/v1/search?*", lambda route: route.fulfill(json=answer))
    page.goto(f"{sample_service}/?q=earthquake")
    titles(page)
    text = page.locator(".hit .text").first
    assert text.locator("mark").text_content() == "An earthquake shook the High Atlas near Marrakech at night."
    assert text.locator("mark b").text_content() == "earthquake"
    assert re.fullmatch(r"… \w.* …", text.text_content())
    assert len(text.text_content()) < 600
    page.click("text=Whole paragraph")
    assert text.text_content() == LONG
    assert text.locator("mark").count() == 1
    assert page.locator("text=Whole paragraph").count() == 0


def test_an_article_leads_back_to_the_page_and_the_filters(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=government&mode=semantic&language=ar&page=2")
    shown = titles(page)
    page.locator(".hit h2 a").first.click()
    page.wait_for_selector(".whole h1")
    page.click("text=Back to the results")
    assert titles(page) == shown
    assert page.locator(".chips button").count() == 1
    page.goto(f"{sample_service}/article/en-ever-given-suez")
    page.wait_for_selector(".whole h1")
    assert page.locator("text=Back to the results").count() == 0


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_back_from_an_article_is_where_one_was(open_page: OpenPage, sample_service: str, locale: str) -> None:
    page = open_page(f"{sample_service}/?q=war", locale=locale)
    titles(page)
    link = page.locator(".hit h2 a").nth(6)
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 0
    link.click()
    page.wait_for_selector(".whole h1")
    page.go_back()
    titles(page)
    page.wait_for_function("before => Math.abs(scrollY - before) < 2", arg=before)


def test_back_is_where_one_was_however_slowly_results_are_drawn(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=government")
    titles(page)
    page.locator("[rel=next]").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    before = page.evaluate("scrollY")
    assert before > 500
    page.locator("[rel=next]").click()
    page.wait_for_url("**page=2")
    titles(page)
    page.evaluate(
        "() => { const ask = requestAnimationFrame;"
        " window.requestAnimationFrame = (draw) => setTimeout(() => ask(draw), 400); }"
    )
    page.go_back()
    page.wait_for_timeout(3000)
    assert abs(page.evaluate("scrollY") - before) < 50


def test_the_next_page_begins_at_its_heading(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=war")
    first = titles(page)
    page.focus("a[rel=next]")
    page.keyboard.press("Enter")
    page.wait_for_function("first => document.querySelector('.hit h2').textContent !== first", arg=first[0])
    assert page.evaluate("document.activeElement.tagName + scrollY") == "H10"


def test_a_phrase_that_nothing_has_is_searched_without_quotes(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f'{sample_service}/?q="moon earthquake"', locale="ar")
    page.click("text=ابحث بلا علامتي الاقتباس")
    titles(page)
    assert page.input_value("#q") == "moon earthquake"


@pytest.mark.parametrize(
    ("locale", "query", "expected"),
    [
        ("en-GB", "q=war&source=Nobody", "No article in the index has “Nobody”."),
        ("ar", "q=war&source=Nobody", "لا مقال في الفهرس فيه «Nobody»."),
        ("ar", "q=war&language=fr", "لا شيء في الفهرس بهذه اللغة: الفرنسية."),
        ("ar", "q=war&from=2190-01-01", "مقالات الفهرس تبدأ أو تنتهي في"),
        ("en-GB", "q=war&to=1900-01-01", "begin or end at"),
        ("ar", 'q="Suez Canal"', "لا توجد الكلمات التي بين علامتي الاقتباس في أي فقرة بهذه اللغة: العربية."),
        ("en-GB", "q=-war", "A word is missing"),
        ("ar", "q=" + "war " * 13 + "-peace", "لا معنى لعلامتي الاقتباس"),
    ],
)
def test_what_the_service_says_is_in_the_language_of_the_page(
    open_page: OpenPage, sample_service: str, locale: str, query: str, expected: str
) -> None:
    page = open_page(f"{sample_service}/?{query}", locale=locale)
    page.wait_for_selector(".detail")
    said = page.locator(".detail")
    assert expected in "\n".join(said.all_text_contents())
    assert page.locator(".detail[lang=en]").count() == 0


def test_a_citation_is_copied_and_the_button_says_so(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/article/en-ever-given-suez", permissions=["clipboard-read", "clipboard-write"])
    article = page.request.get(f"{sample_service}/v1/articles/en-ever-given-suez").json()
    page.click("text=Copy citation")
    page.wait_for_selector("button:has-text('Copied.')")
    title, origin, address = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert (title, address) == (article["title"], article["url"])
    assert origin.startswith(f"{article['author']}. {article['source']}. ")
    page.wait_for_selector("text=Copy citation")


def test_an_article_stays_if_similar_ones_cannot_be_found(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service)
    page.route("**/similar?*", lambda route: route.fulfill(status=503, json={"detail": "busy"}))
    page.goto(f"{sample_service}/article/en-ever-given-suez")
    page.wait_for_selector(".side [role=alert]")
    assert page.locator(".whole .text").count() > 0
    page.unroute("**/similar?*")
    page.click(".side button")
    page.wait_for_selector(".side h2")


def test_the_hint_of_the_box_is_written_from_right_to_left(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(sample_service, locale="ar")
    direction = "getComputedStyle(document.querySelector('#q')).direction"
    assert page.evaluate(direction) == "rtl"
    page.keyboard.type("war")
    assert page.evaluate(direction) == "ltr"


def test_paper_has_addresses_and_no_buttons(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/article/en-ever-given-suez")
    page.wait_for_selector(".whole h1")
    page.emulate_media(media="print")
    assert not page.is_visible("text=Copy citation")
    assert not page.is_visible("#q")
    shown = page.evaluate("getComputedStyle(document.querySelector('.original'), '::after').content")
    assert "http" in shown


def test_which_version_answered_and_how_long_it_took_is_folded_away(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    how = page.locator(".results details", has_text="Read as English")
    version = page.request.get(f"{sample_service}/v1/index").json()["version"]
    assert not how.locator(f"text={version}").is_visible()
    how.locator("summary").click()
    shown = how.locator("p").text_content()
    assert version in shown
    assert re.search(r"Reading the question: [\d.]+ · Searching: [\d.]+ · Texts: [\d.]+", shown)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en-GB", "Last or left out, having no date:"), ("ar", "مقالات بلا تاريخ، في الآخر أو غائبة:")],
)
def test_articles_without_a_date_are_told_in_the_language_of_the_page(
    open_page: OpenPage, fake_service: str, locale: str, expected: str
) -> None:
    page = open_page(f"{fake_service}/?q=canal&sort=newest", locale=locale)
    page.wait_for_selector(f"text={expected}")
