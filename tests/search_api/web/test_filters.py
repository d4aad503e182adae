"""The filters of the search page, in a real browser over the sample corpus."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.search_api.web.conftest import OpenPage, titles

pytestmark = pytest.mark.slow


def in_address(page: Any, name: str) -> str | None:
    values = parse_qs(urlsplit(page.url).query).get(name)
    return values[0] if values else None


def press(page: Any, control: str) -> None:
    with page.expect_response("**/v1/search?*"):
        page.click(f'[data-control="{control}"]')
    page.wait_for_selector(".results:not([aria-busy])")


def chips(page: Any) -> list[str]:
    return [text.removesuffix(" ×") for text in page.locator(".chips button").all_text_contents()]


def pressed(page: Any, field: str) -> list[str]:
    found: list[str] = page.locator(f'[data-control^="{field}:"][aria-pressed=true] bdi').all_text_contents()
    return found


def test_several_sources_are_chosen_and_taken_away(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=war")
    titles(page)
    first, second = page.locator('[data-control^="source:"] bdi').all_text_contents()[1:3]
    press(page, f"source:{first}")
    press(page, f"source:{second}")
    assert in_address(page, "source") == f"{first},{second}"
    assert set(page.locator(".hit .meta").evaluate_all("all => all.map(each => each.children[1].textContent)")) <= {
        first,
        second,
    }
    assert chips(page) == [first, second]
    assert set(pressed(page, "source")) == {first, second}
    page.get_by_role("button", name=f"Remove the filter {first}", exact=True).click()
    page.wait_for_function("() => document.querySelectorAll('.chips button').length === 1")
    assert in_address(page, "source") == second
    assert chips(page) == [second]
    press(page, "source:")
    assert in_address(page, "source") is None
    assert page.locator(".chips").count() == 0


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en-GB", ["Post, The", "without BBC", "Last 7 days"]), ("ar", ["Post, The", "بلا BBC", "آخر ٧ أيام"])],
)
def test_filters_of_a_shared_link_are_in_words(
    open_page: OpenPage, sample_service: str, locale: str, expected: list[str]
) -> None:
    page = open_page(f'{sample_service}/?q=war&source="Post, The",-BBC&since=7d', locale=locale)
    page.wait_for_selector(".notice")
    assert chips(page) == expected
    assert pressed(page, "source") == ["Post, The"]
    page.click(f".chips button:has-text('{expected[1]}')")
    page.wait_for_url("**source=%22Post%2C+The%22&**")


def test_tags_narrow_a_search(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    before = titles(page)
    press(page, "tag:Morocco")
    assert chips(page) == ["Morocco"]
    assert set(titles(page)) < set(before)


def test_the_keyboard_stays_on_the_filter_that_it_has_changed(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    page.focus('[data-control="language:ar"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**language=ar**")
    page.wait_for_selector('[data-control="language:ar"][aria-pressed=true]')
    assert page.evaluate("document.activeElement.dataset.control") == "language:ar"
    page.locator(".histogram button").first.focus()
    day = page.evaluate("document.activeElement.dataset.control")
    page.keyboard.press(" ")
    page.wait_for_url("**from=**")
    page.wait_for_selector(".results:not([aria-busy])")
    assert page.evaluate("document.activeElement.dataset.control") == day
    assert page.locator(".histogram .out").count() == page.locator(".histogram button").count() - 1


def test_a_year_may_be_typed(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    page.focus("input[name=from]")
    for key in "05062023":  # in the order of the browser, whatever it is: 5 June or 6 May
        page.keyboard.press(key)
        page.wait_for_timeout(50)
    page.wait_for_url("**from=2023**")
    assert str(in_address(page, "from")).startswith("2023-0")


def test_a_period_that_ends_before_it_begins_is_turned_round(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake&from=2023-06-01")
    titles(page)
    page.fill("input[name=to]", "2023-01-01")
    page.wait_for_url("**to=2023-06-01**")
    assert in_address(page, "from") == "2023-01-01"
    titles(page)
    page.select_option("select[name=period]", "7d")
    page.wait_for_url("**since=7d**")
    assert in_address(page, "from") is None


def test_a_wrong_filter_in_a_link_can_be_corrected(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake&from=2023-06-01&to=yesterday", locale="ar")
    page.wait_for_selector("[role=alert]")
    page.click("text=أزل كل المرشحات")
    titles(page)
    assert page.locator("[role=alert]").count() == 0


def test_further_values_are_folded_and_stay_open(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q=earthquake")
    titles(page)
    page.click("fieldset summary:has-text('more')")
    folded = page.locator("fieldset details .value")
    assert folded.first.is_visible()
    tag = folded.last.get_attribute("data-control")
    press(page, tag)
    assert in_address(page, "tag") == tag.removeprefix("tag:")


def test_the_keyboard_goes_on_at_the_heading_where_what_it_pressed_is_gone(
    open_page: OpenPage, sample_service: str
) -> None:
    page = open_page(f"{sample_service}/?q=earthquake&language=ar&since=9000d")
    for pressed_key in (".chips button", ".filters > button"):
        titles(page)
        page.focus(pressed_key)
        with page.expect_response("**/v1/search?*"):
            page.keyboard.press("Enter")
        page.wait_for_selector(".results:not([aria-busy])")
        assert page.evaluate("document.activeElement.className") == "summary"


def test_a_text_that_is_pasted_leaves_room_for_its_results(open_page: OpenPage, sample_service: str) -> None:
    page = open_page(f"{sample_service}/?q={'earthquake in the mountains ' * 35}")
    titles(page)
    assert page.locator("h1").bounding_box()["height"] < 150
