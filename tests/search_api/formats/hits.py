"""Hits for tests of formats."""

from typing import Any

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.format.pages import Pages
from indexer.snapshot.search.page import Hit
from search_api.formats.export_format import ExportedSearch, FeedLinks

LINKS = FeedLinks(
    "http://127.0.0.1/v1/search?q=%D8%B2&format=x", "http://127.0.0.1/?q=%D8%B2&sort=newest", Pages("http://127.0.0.1/")
)

SEARCH = ExportedSearch("زلزال & <quake>", "v1", "2026-01-02T03:04:05Z", LINKS)

HOSTILE = 'قال "نعم",\nثم\x00\x0b سكت\u2028 ﷺ &amp; <b>]]></b>'
"""Quotes, a comma, line breaks, control characters and markup."""


def article(article_id: str = "ar-1", **fields: Any) -> ArticleSummary:
    usual = {
        "title": "زلزال في المغرب",
        "language": "ar",
        "source": "الأهرام",
        "url": "https://example.org/زلزال?a=1&b=<2>",
        "published_at": "2023-09-08T22:11:00Z",
    }
    return ArticleSummary(id=article_id, **(usual | fields))


def hit(rank: int = 1, text: str = "نص الفقرة", section: str | None = None, **fields: Any) -> Hit:
    """Return a hit; `fields` are those of its article."""
    shown = article(**fields)
    return Hit(
        rank=rank,
        score=0.25,
        relevance=0.5,
        article=shown,
        paragraph=Paragraph(id=f"{shown.id}:{rank}", position=rank, section=section, text=text, language="ar"),
        duplicate_count=2,
        duplicates=(article("copy"),),
        also_reported=(article("en-1", title="Quake", language="en"),),
        matching_paragraphs=1,
    )
