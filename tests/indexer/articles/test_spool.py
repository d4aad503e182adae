import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.articles.spool import Spool, SpooledArticle
from indexer.snapshot.content.article import Article, Paragraph, PublicationTime
from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "spool.sqlite") as opened:
        yield opened


def _found(article_id: str, line: int | None = 1, file: str = "a.jsonl", text: str = "Text.") -> SourceArticle:
    return SourceArticle(file, line, Article(id=article_id, language="en", blocks=(text,)))


def test_an_article_comes_back_with_every_field(spool: Spool) -> None:
    article = Article(
        id="خبر-١",
        language="ar",
        blocks=("وقَّع الوزيـــر «الاتفاق».", "tab\tand \u200fmark"),
        title="عنوان",
        url="https://example.org/١",
        source="Example",
        author="كاتبة",
        published=PublicationTime(text="2025-04-21", timestamp=1_745_193_600),
        tags=("one", "واحد"),
        extra={"section": "world", "n": 1.5, "big": 10**30, "nested": {"list": [None, True, "x\u0000y"]}, "none": None},
    )
    assert spool.add(SourceArticle("a.jsonl", 3, article)) is None
    assert list(spool) == [SpooledArticle(article)]


def test_an_article_with_required_fields_only_comes_back(spool: Spool) -> None:
    spool.add(_found("a"))
    assert list(spool) == [SpooledArticle(Article(id="a", language="en", blocks=("Text.",)))]


def test_articles_come_in_order_of_id_by_code_point(spool: Spool) -> None:
    # The last two swap places when compared as UTF-16 or in the order they came.
    ids = ["\U0001f600", "\ufb50", "أ", "b", "B", "a", "10", "9", "é"]
    for article_id in ids:
        spool.add(_found(article_id))
    assert [spooled.article.id for spooled in spool] == ["10", "9", "B", "a", "b", "é", "أ", "\ufb50", "\U0001f600"]


def test_the_last_article_of_an_id_wins_and_the_earlier_one_is_a_reject(spool: Spool) -> None:
    assert spool.add(_found("x", 2, text="Old.")) is None
    assert spool.add(_found("x", 7, "b.jsonl", text="New.")) == Reject(
        "a.jsonl", 2, "id 'x' comes again at b.jsonl:7: the last one wins"
    )
    assert [spooled.article.blocks for spooled in spool] == [("New.",)]


def test_a_third_article_of_an_id_replaces_the_second(spool: Spool) -> None:
    rejects = [spool.add(_found("x", line)) for line in (1, 2, 3)]
    assert [reject and reject.line for reject in rejects] == [None, 1, 2]


def test_a_file_that_is_one_article_has_no_line(spool: Spool) -> None:
    spool.add(_found("x", None, "x.txt"))
    assert spool.add(_found("x", None, "y/x.txt")) == Reject(
        "x.txt", None, "id 'x' comes again at y/x.txt: the last one wins"
    )


def test_ids_that_differ_in_case_or_form_are_different(spool: Spool) -> None:
    rejects = [spool.add(_found(article_id)) for article_id in ("a", "A", "é", "e\u0301", "a ")]
    assert rejects == [None] * 5
    assert len(spool) == 5


def test_length_counts_articles_not_additions(spool: Spool) -> None:
    assert len(spool) == 0
    for article_id in ("a", "b", "a"):
        spool.add(_found(article_id))
    assert len(spool) == 2


def _nested(depth: int) -> list[Any]:
    return [_nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    "fields",
    [
        {"extra_field": _nested(150)},
        {"extra_field": _nested(220)},
        {"extra_field": _nested(400)},
        {"extra_field": "lone \ud800 surrogate"},
        {"lone \ud800 surrogate": 1},
        {"tags": ["lone \ud800 surrogate"]},
        {"title": "lone \ud800 surrogate", "url": "\udfff", "author": "\ud800"},
    ],
    ids=["deep", "deeper", "deepest", "surrogate", "surrogate-name", "surrogate-tag", "surrogate-title"],
)
def test_every_article_that_a_source_yields_can_be_kept(spool: Spool, tmp_path: Path, fields: dict[str, Any]) -> None:
    record = {"id": "a", "text": "Talks began on Monday.", **fields}
    (tmp_path / "a.jsonl").write_text(json.dumps(record), encoding="ascii")
    items = list(read_sources([tmp_path / "a.jsonl"]))
    found = [item for item in items if isinstance(item, SourceArticle)]
    for item in found:
        spool.add(item)
    assert len(items) == 1
    assert [spooled.article.id for spooled in spool] == ["a"] * len(found)


def test_carried_article_comes_back_split_and_is_replaced_without_a_word(spool: Spool) -> None:
    carried = SpooledArticle(_found("a").article, (Paragraph("a:1", 1, None, "Text.", "en"),), "key")
    spool.add_published(carried)
    spool.add_published(SpooledArticle(_found("b").article))
    assert list(spool) == [carried, SpooledArticle(_found("b").article)]
    assert spool.add(_found("a", 4, text="New.")) is None
    assert spool.add(_found("a", 5, text="Newer.")) == Reject(
        "a.jsonl", 4, "id 'a' comes again at a.jsonl:5: the last one wins"
    )
    assert [spooled.paragraphs for spooled in spool] == [None, None]


def test_articles_are_dropped_by_id_and_by_age(spool: Spool) -> None:
    for article_id, day in (("a", "2024-05-14"), ("b", "2024-05-15"), ("c", None)):
        article = replace(_found(article_id).article, published=PublicationTime.parse(day) if day else None)
        spool.add_published(SpooledArticle(article))
    assert spool.drop_before(PublicationTime.parse("2024-05-15").timestamp) == 1
    assert [spooled.article.id for spooled in spool] == ["b", "c"]
    assert spool.drop(["c", "nobody"]) == 1
    assert [spooled.article.id for spooled in spool] == ["b"]
