"""Hits as Markdown, read by a Markdown parser."""

import pytest
from markdown_it import MarkdownIt

from indexer.snapshot.search.page import Hit
from search_api.formats.markdown import write_markdown
from tests.search_api.formats.hits import SEARCH, hit


def html(*hits: Hit) -> str:
    rendered: str = MarkdownIt().render(b"".join(write_markdown(SEARCH, [hits])).decode())
    return rendered


def test_a_hit_is_an_item_with_a_linked_title() -> None:
    shown = html(hit(1), hit(2, article_id="b", url=None))
    assert "<h2>زلزال &amp; &lt;quake&gt;</h2>" in shown
    assert 'href="https://example.org/%D8%B2%D9%84%D8%B2%D8%A7%D9%84?a=1&amp;b=%3C2%3E"' in shown
    assert shown.count("<li>") == 2
    assert shown.count("<a ") == 1
    assert "(الأهرام, 2023-09-08T22:11:00Z, ar)" in shown


@pytest.mark.parametrize(
    "text", ["# no heading", "1. no list", "- none", "+ none", "= none", "*a* _b_ `c` [d](e) <f> ~g~"]
)
def test_texts_are_no_markup(text: str) -> None:
    shown = html(hit(text=text, title=text, source=text))
    for tag in ("<h1", "<em", "<code", "<f>", "<s>", "<ul"):
        assert tag not in shown
    assert shown.count("<ol") == 1
    assert shown.count("<a ") == 1


def test_line_breaks_do_not_end_an_item() -> None:
    assert "<p>a b c</p>" in html(hit(text="a\n\nb\n# c".replace("# ", "")))
