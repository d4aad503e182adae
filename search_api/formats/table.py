"""Hits and the values of fields as tables for people."""

from collections.abc import Sequence

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from indexer.snapshot.index.facets import FacetValue
from indexer.snapshot.search.page import Hit
from search_api.formats.terminal import isolate, width
from search_api.schemas.search import SearchResponse

_EXCERPT_CHARS = 280
_NAMED_COPIES = 3

_OTHER_COLUMNS = 73
"""Most columns of a terminal that the table takes beside that of paragraphs."""


def print_hits(response: SearchResponse) -> None:
    """Print hits with score, language, date, source, title and an excerpt of the paragraph."""
    longest = max((cell_len(hit.article.url or "") for hit in response.hits), default=0)
    console = Console(width=width(_OTHER_COLUMNS + longest))
    for warning in response.warnings:
        console.print(warning, highlight=False, markup=False)
    for facet, values in response.facets.items():
        console.print(f"{facet}: {_counted(values)}", highlight=False, markup=False)
    if not response.hits:
        console.print("no hits", highlight=False)
        return
    if not response.confident:
        console.print("no sure match; closest:\n", highlight=False)
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold", padding=(0, 2, 1, 0))
    table.add_column("#", justify="right")
    table.add_column("score", justify="right")
    table.add_column("relevance", justify="right")
    table.add_column("lang")
    table.add_column("date", no_wrap=True)
    table.add_column("source", max_width=18)
    table.add_column("paragraph", ratio=1, overflow="fold")
    for hit in response.hits:
        article = hit.article
        text = Text(isolate(article.title or article.id), style="bold")
        text.append("\n").append(isolate(_excerpt(_best_part(hit))), style="not bold")
        for paragraph in (hit.paragraphs or ())[1:]:
            text.append(f"\n{paragraph.score:.3f} ", style="not bold dim")
            text.append(isolate(_excerpt(paragraph.text)), style="not bold")
        text.append("\n").append(_place(hit), style="not bold dim")
        if hit.duplicate_count:
            text.append("\n").append(_copies(hit), style="not bold italic")
        if hit.also_reported:
            text.append("\n").append(_also_reported(hit), style="not bold italic")
        table.add_row(
            str(hit.rank),
            f"{hit.score:.3f}",
            f"{hit.relevance:.2f}",
            Text(hit.paragraph.language),
            Text((article.published_at or "-")[:10]),
            Text(isolate(article.source or "-")),
            text,
        )
    console.print(table)
    console.print(
        "score: how similar, on one scale for all languages; relevance: the probability that it is more than chance",
        style="dim",
        highlight=False,
    )
    console.print(
        f"query in {response.query.language}, index {response.index.version}, {response.timing_ms.total:.1f} ms",
        highlight=False,
    )


def print_values(values: Sequence[FacetValue]) -> None:
    """Print the values of a field with their counts, one on a line."""
    counts = [f"{value.count:,}" for value in values]
    longest = max(map(len, counts), default=0)
    for count, value in zip(counts, values, strict=True):
        typer.echo(f"{count:>{longest}}  {isolate(value.value)}")


def _counted(values: Sequence[FacetValue]) -> str:
    return ", ".join(f"{isolate(value.value)} {value.count:,}" for value in values) or "-"


def _best_part(hit: Hit) -> str:
    """Return the sentence that matches best if it is known, else the whole paragraph."""
    for part in hit.highlights or ():
        if part.kind == "sentence":
            return hit.paragraph.text[part.start : part.end]
    return hit.paragraph.text


def _place(hit: Hit) -> str:
    """Return the id of a hit's article, which `khabar article` and `khabar similar` take, and its address."""
    return " ".join(filter(None, [isolate(hit.article.id), hit.article.url]))


def _copies(hit: Hit) -> str:
    named = [isolate(article.source or article.id) for article in hit.duplicates[:_NAMED_COPIES]]
    more = ["…"] if hit.duplicate_count > len(named) else []
    return f"copies: {hit.duplicate_count} ({', '.join([*named, *more])})"


def _also_reported(hit: Hit) -> str:
    named = [
        f"{isolate(article.source or article.id)} {article.language}" for article in hit.also_reported[:_NAMED_COPIES]
    ]
    more = ["…"] if len(hit.also_reported) > len(named) else []
    return f"also reported: {', '.join([*named, *more])}"


def _excerpt(text: str) -> str:
    """Return the beginning of a text on one line, cut between words."""
    line = " ".join(text.split())
    if len(line) <= _EXCERPT_CHARS:
        return line
    return line[:_EXCERPT_CHARS].rsplit(" ", 1)[0].rstrip() + " …"
