"""The table of `khabar search`."""

from dataclasses import asdict, replace

import pytest

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.search.article_paragraphs import ScoredParagraph
from indexer.snapshot.search.highlight import Highlight
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Mode
from indexer.snapshot.search.search import Timing
from search_api.formats.table import print_hits, print_values
from search_api.schemas.index import IndexRef
from search_api.schemas.search import QueryOut, SearchResponse


def response(*hits: Hit) -> SearchResponse:
    return SearchResponse(
        query=QueryOut(text="q", language="ar"),
        mode=Mode.HYBRID,
        confident=False,
        hits=hits,
        warnings=("source: no article has 'Psot'",),
        facets={},
        index=IndexRef(version="v1", created_at="2026-01-02T03:04:05Z"),
        timing_ms=Timing(encode=1, search=1, fetch=1, total=3),
    )


def hit(
    text: str,
    *,
    title: str | None = None,
    source: str | None = None,
    date: str | None = None,
    url: str | None = None,
    copies: tuple[str | None, ...] = (),
    also_reported: tuple[str | None, ...] = (),
) -> Hit:
    return Hit(
        rank=1,
        score=0.12345,
        relevance=0.5,
        article=ArticleSummary(id="a-1", title=title, language="ar", source=source, url=url, published_at=date),
        paragraph=Paragraph(id="a-1:0", position=1, section=None, text=text, language="fr"),
        duplicate_count=len(copies),
        duplicates=tuple(
            ArticleSummary(id=f"copy-{n}", title=None, language="ar", source=name, url=None, published_at=None)
            for n, name in enumerate(copies)
        ),
        also_reported=tuple(
            ArticleSummary(id=f"report-{n}", title=None, language="en", source=name, url=None, published_at=None)
            for n, name in enumerate(also_reported)
        ),
        matching_paragraphs=1,
    )


def test_row_holds_language_date_source_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response(hit("Plain text.", title="Title", source="Post", date="2024-05-14T08:00:00Z")))
    output = capsys.readouterr().out
    for part in ("0.123", "0.50", "fr", "2024-05-14", "Post", "Title", "Plain text.", "a-1", "index v1"):
        assert part in output
    assert "08:00" not in output


def test_the_id_that_is_shown_is_that_of_the_article(capsys: pytest.CaptureFixture[str]) -> None:
    # It is what people copy into `khabar article`.
    print_hits(response(hit("Plain text.", title="Title")))
    assert "a-1:0" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "url", [f"https://example.org/{'a' * 200}", f"https://example.org/{'زلزال/' * 30}", "https://a.b"]
)
def test_an_address_stands_on_one_line_in_a_file(capsys: pytest.CaptureFixture[str], url: str) -> None:
    long = hit("word " * 100, title="A title", source="A newspaper with a long name", date="2024-05-14", url=url)
    print_hits(response(replace(long, rank=1_000_000, article=replace(long.article, id="خبر"))))
    assert url in capsys.readouterr().out.split()


def test_facets_stand_above_the_hits(capsys: pytest.CaptureFixture[str]) -> None:
    facets = {Facet.SOURCE: (FacetValue("الضفة", 1_200), FacetValue("Post", 3)), Facet.TAG: ()}
    print_hits(replace(response(), facets=facets))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "source: \u2068الضفة\u2069 1,200, Post 3",
        "tag: -",
        "no hits",
    ]


def test_values_of_a_field_have_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_values((FacetValue("الضفة", 1_200), FacetValue("Post", 3)))
    assert capsys.readouterr().out == "1,200  \u2068الضفة\u2069\n    3  Post\n"


def test_other_paragraphs_and_the_best_sentence_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    first = hit("One thing. The best thing. Another.", title="Title")
    second = ScoredParagraph("a-1:1", 2, None, "Second paragraph.", "en", 0.2)
    same = ScoredParagraph(**asdict(first.paragraph), score=first.score)
    shown = replace(first, paragraphs=(same, second), highlights=(Highlight(11, 26, "sentence"),))
    print_hits(response(shown))
    output = capsys.readouterr().out
    assert "The best thing." in output
    assert "One thing." not in output
    assert "0.200 Second paragraph." in output


def test_arabic_stays_in_logical_order_between_isolates(capsys: pytest.CaptureFixture[str]) -> None:
    # First-strong isolate ... pop isolate: the terminal turns the text, khabar never reverses it.
    print_hits(response(hit("وقّعت الدولتان المعاهدة.", source="الضفة")))
    output = capsys.readouterr().out
    assert "\u2068وقّعت الدولتان المعاهدة.\u2069" in output
    assert "\u2068الضفة\u2069" in output


def test_text_that_looks_like_markup_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response(hit("[red]alert[/red] and [/nothing]", title="[bold]", source="[link]")))
    output = capsys.readouterr().out
    assert "[red]alert[/red] and [/nothing]" in output
    assert "[bold]" in output
    assert "[link]" in output


def test_missing_title_shows_the_id_and_long_text_is_cut_between_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response(hit("word " * 100)))
    output = capsys.readouterr().out
    assert "a-1" in output
    assert output.count("word") == 56
    assert "…" in output


def test_answer_that_is_not_confident_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    sure = replace(response(hit("Plain text.")), confident=True)
    print_hits(response(hit("Plain text.")))
    assert capsys.readouterr().out.startswith("source: no article has 'Psot'\nno sure match; closest:")
    print_hits(sure)
    assert "nothing here" not in capsys.readouterr().out


def test_copies_are_counted_and_the_first_three_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response(hit("Plain text.")))
    assert "copies" not in capsys.readouterr().out
    print_hits(response(hit("Plain text.", copies=("Post", None))))
    assert "copies: 2 (Post, copy-1)" in capsys.readouterr().out
    print_hits(response(hit("Plain text.", copies=("Post", "Ledger", "Herald", "Courier"))))
    assert "copies: 4 (Post, Ledger, Herald, …)" in capsys.readouterr().out


def test_articles_in_other_languages_are_named_with_their_language(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response(hit("Plain text.")))
    assert "also reported" not in capsys.readouterr().out
    print_hits(response(hit("Plain text.", also_reported=("Post", None))))
    assert "also reported: Post en, report-1 en" in capsys.readouterr().out
    print_hits(response(hit("Plain text.", also_reported=("Post", "Ledger", "Herald", "Courier"))))
    assert "also reported: Post en, Ledger en, Herald en, …" in capsys.readouterr().out


def test_no_hits_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(response())
    assert capsys.readouterr().out == "source: no article has 'Psot'\nno hits\n"
