"""An article as text for people."""

import pytest

from indexer.snapshot.content.article import Paragraph
from search_api.formats.article_text import print_article
from search_api.schemas.articles import ArticleResponse


@pytest.mark.parametrize("url", ["https://example.org/a b", f"https://example.org/{'زلزال/' * 40}", None])
def test_the_address_has_a_line_of_its_own_as_it_is(capsys: pytest.CaptureFixture[str], url: str | None) -> None:
    article = ArticleResponse(
        id="ar-1",
        title="زلزال",
        language="ar",
        source="الضفة",
        url=url,
        published_at="2024-05-14",
        author=None,
        tags=("[red]", "المغرب"),
        extra={},
        paragraphs=(Paragraph("ar-1:0", 1, None, "نص", "ar"),),
    )
    print_article(article)
    title, facts, *rest = capsys.readouterr().out.splitlines()
    assert title == "\u2068زلزال\u2069"
    assert facts == "\u2068الضفة\u2069 | 2024-05-14 | ar | [red] | \u2068المغرب\u2069"
    assert rest == [*([url] if url else []), "", "\u2068نص\u2069"]
