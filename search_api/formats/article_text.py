"""An article as text for people."""

from rich.console import Console
from rich.text import Text

from search_api.formats.terminal import isolate, width
from search_api.schemas.articles import ArticleResponse


def print_article(article: ArticleResponse) -> None:
    """Print title, source, date and address of an article, and its paragraphs under their headings."""
    console = Console(width=width())
    console.print(Text(isolate(article.title or article.id), style="bold"))
    facts = (article.source, article.author, article.published_at, article.language, *article.tags)
    console.print(Text(" | ".join(isolate(fact) for fact in facts if fact), style="dim"))
    if article.url:  # on a line of its own, whole and without isolates, so that other programs can take it
        console.print(Text(article.url, style="dim"), soft_wrap=True)
    section = None
    for paragraph in article.paragraphs:
        if paragraph.section != section:
            section = paragraph.section
            console.print(Text(f"\n{isolate(section or '')}".rstrip(), style="bold"))
        console.print(Text(f"\n{isolate(paragraph.text)}"))
