"""The addresses of pages."""

import pytest

from indexer.snapshot.format.pages import Pages

PAGES = Pages("https://news.example/khabar/")


@pytest.mark.parametrize(
    ("article_id", "part"), [("a-1", "a-1"), ("a/b c", "a%2Fb%20c"), ("خبر", "%D8%AE%D8%A8%D8%B1"), ("..", "%2E%2E")]
)
def test_an_id_is_one_part_of_the_path(article_id: str, part: str) -> None:
    assert PAGES.article(article_id) == f"https://news.example/khabar/article/{part}"


def test_a_search_is_in_the_query_string() -> None:
    assert PAGES.search({"q": "قمر &", "sort": "newest"}) == f"{PAGES.base}?q=%D9%82%D9%85%D8%B1+%26&sort=newest"
    assert PAGES.search({}) == PAGES.base
    assert PAGES.status == "https://news.example/khabar/status"
