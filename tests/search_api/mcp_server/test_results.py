"""Results that are small enough for a model, and say what they lack."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic_core import to_json

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Mode
from indexer.snapshot.search.search import Timing
from search_api.mcp_server import results
from search_api.mcp_server.results import (
    MAX_HIT_CHARS,
    MAX_RESULT_BYTES,
    ArticleResult,
    article_result,
    news_result,
    shortened,
)
from search_api.schemas.articles import ArticleResponse
from search_api.schemas.index import IndexRef
from search_api.schemas.search import QueryOut, SearchResponse

LONG = "كلمة " * 2_000
SUMMARY = ArticleSummary("a", "عنوان", "ar", "الضفة", "https://example.org/a", "2025-04-21")


def hit(rank: int, text: str = "نص", **changes: Any) -> Hit:
    summary = replace(SUMMARY, id=f"a{rank}")
    made = Hit(rank, 0.5, 0.9, summary, Paragraph(f"a{rank}:1", 1, None, text, "ar"), 0, (), (), 1)
    return replace(made, **changes)


def answer(*hits: Hit, confident: bool = True) -> SearchResponse:
    index, timing = IndexRef(version="v1", created_at="2026-01-02T03:04:05Z"), Timing(0, 0, 0, 0)
    return SearchResponse(QueryOut("q", "en"), Mode.HYBRID, confident, hits, (), {}, index, timing)


def test_short_results_are_whole() -> None:
    result = news_result(answer(hit(1), hit(2)), limit=5, offset=0)
    assert [item.paragraph for item in result.items] == ["نص", "نص"]
    assert (result.notes, result.next_offset) == ([], None)


def test_long_results_are_cut_and_say_so() -> None:
    many = [hit(rank, LONG, also_reported=(replace(SUMMARY, title=LONG),) * 9) for rank in range(1, 21)]
    result = news_result(answer(*many), limit=20, offset=40)
    n = len(result.items)
    assert 1 < n < 20
    assert len(to_json(result, indent=2)) <= MAX_RESULT_BYTES
    assert all(len(item.paragraph) <= MAX_HIT_CHARS for item in result.items)
    assert all(item.paragraph.endswith("كلمة…") for item in result.items)
    assert [len(item.also_reported) for item in result.items] == [3] * n
    assert result.next_offset == 40 + n
    assert result.notes == [
        "Paragraphs that end in … are cut; get_article has them as a whole.",
        f"{20 - n} further results did not fit; offset={40 + n} has them.",
    ]


def test_no_more_is_promised_than_can_be_skipped() -> None:
    assert news_result(answer(hit(1)), limit=1, offset=999).next_offset == 1_000
    assert news_result(answer(hit(1)), limit=1, offset=1_000).next_offset is None


@pytest.mark.parametrize(("offset", "note"), [(0, "No article passes these filters."), (5, "no further articles")])
def test_nothing_is_said_as_such(offset: int, note: str) -> None:
    (said,) = news_result(answer(confident=False), limit=5, offset=offset).notes
    assert note in said


def test_a_result_without_confidence_says_so() -> None:
    (said,) = news_result(answer(hit(1), confident=False), limit=5, offset=0).notes
    assert "may have nothing about this" in said


def article(*texts: str, **changes: Any) -> ArticleResponse:
    paragraphs = tuple(Paragraph(f"a:{n}", n, None, text, "ar") for n, text in enumerate(texts, start=1))
    made = ArticleResponse(
        "a",
        "عنوان",
        "ar",
        "الضفة",
        "https://example.org/a",
        None,
        author=None,
        tags=(),
        extra={},
        paragraphs=paragraphs,
    )
    return replace(made, **changes)


def test_a_long_article_comes_in_parts_that_fit_together() -> None:
    whole = article(*(f"{n} " + "كلمة " * 150 for n in range(1, 101)))
    positions: list[int] = []
    begin: int | None = 1
    while begin is not None:
        part = article_result(whole, begin)
        assert len(to_json(part, indent=2)) <= MAX_RESULT_BYTES
        positions += [one.position for one in part.paragraphs]
        if part.next_paragraph is not None:
            assert f"first_paragraph={part.next_paragraph} has them" in part.notes[0]
        begin = part.next_paragraph
    assert positions == list(range(1, 101))


def test_what_is_too_long_of_an_article_is_cut() -> None:
    huge = article(
        LONG, title=LONG, author=LONG, source=LONG, url="https://example.org/" + "x" * 5_000, tags=(LONG,) * 99
    )
    result = article_result(huge, 1)
    assert len(to_json(result, indent=2)) <= MAX_RESULT_BYTES
    assert result.article.url is None
    assert result.notes == ["Paragraphs that end in … are cut."]
    assert result.paragraphs[0].text.endswith("كلمة…")


def test_the_bytes_of_a_long_article_are_counted_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls take turns on one event loop, so a long article must not keep the others waiting."""
    lengths: list[int] = []

    def counted(result: Any, **options: Any) -> bytes:
        content: bytes = to_json(result, **options)
        if isinstance(result, ArticleResult):
            lengths.append(len(content))
        return content

    monkeypatch.setattr(results, "to_json", counted)
    part = article_result(article(*("خبر عن القناة " * 10 for _ in range(2_000))), 1)
    assert len(lengths) < 20
    assert sum(lengths) < 100 * MAX_RESULT_BYTES
    monkeypatch.undo()
    assert len(to_json(part, indent=2)) <= MAX_RESULT_BYTES
    assert part.next_paragraph == len(part.paragraphs) + 1
    longer = article_result(article(*("خبر عن القناة " * 10 for _ in range(len(part.paragraphs) + 1))), 1)
    assert longer.next_paragraph == part.next_paragraph  # one more would not fit


CUT_IDS = "Ids that end in … are too long for a result and are cut: no tool takes them."


@pytest.mark.parametrize("sign", ["i", "م", "\N{GRINNING FACE}", "\x01"])
def test_a_long_id_is_left_whole_or_is_said_to_be_cut(sign: str) -> None:
    n_fitting = 1_998 // len(to_json(sign * 2)[1:-1]) * 2
    for n, notes in ((n_fitting, []), (30_000, [CUT_IDS])):
        summary = replace(SUMMARY, id=sign * n)
        found = news_result(answer(hit(1, article=summary), hit(2, also_reported=(summary,))), limit=5, offset=0)
        read = article_result(article("نص", id=summary.id), 1)
        shown = {found.items[0].article.id, found.items[1].also_reported[0].id, read.article.id}
        assert shown == {sign * 100 + "…" if notes else summary.id}
        assert (found.notes, read.notes) == (notes, notes)


@pytest.mark.parametrize("sign", ["م", "\N{GRINNING FACE}", "\x01"])
def test_no_single_part_is_too_long(sign: str) -> None:
    long = sign * 9_000
    summary = replace(SUMMARY, id=sign * 300, title=long, source=long, url=sign * 900)
    one = hit(1, long, article=summary, also_reported=(summary,) * 9)
    found = news_result(replace(answer(one, one), warnings=(long,) * 500), limit=2, offset=0)
    assert len(to_json(found, indent=2)) <= MAX_RESULT_BYTES
    assert len(found.items) == 1
    assert found.items[0].article.id == summary.id
    assert "490 further warnings are left out." in found.notes
    assert "Paragraphs that end in … are cut; get_article has them as a whole." in found.notes
    read = article_result(article(long, id=summary.id, title=long, author=long, source=long, tags=(long,) * 99), 1)
    assert len(to_json(read, indent=2)) <= MAX_RESULT_BYTES
    assert read.article.id == summary.id
    assert read.paragraphs[0].text.endswith("…")
    rest = article_result(article("نص", id=summary.id, title=long, tags=(long,) * 99), 2)
    assert len(to_json(rest, indent=2)) <= MAX_RESULT_BYTES


def test_beyond_the_last_paragraph_there_is_nothing() -> None:
    result = article_result(article("نص"), 2)
    assert (result.paragraphs, result.next_paragraph) == ([], None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("one two", "one two"), ("one two three", "one two…"), ("x" * 30, "x" * 9 + "…"), ("one two th", "one two th")],
)
def test_texts_are_cut_after_a_word(text: str, expected: str) -> None:
    assert shortened(text, 10) == expected
