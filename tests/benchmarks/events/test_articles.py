"""The halves of documents: no line of one is a translation of a line of the other."""

import json
from pathlib import Path

from benchmarks.corpora.parallel import Document
from benchmarks.events.articles import DAY, Titles, halves, other_news, write_articles

DOCUMENTS = [
    Document("d", {"en": ["one", "two", "three"], "ar": ["١", "٢", "٣"]}, {"en": "Title", "ar": "عنوان"}),
    Document("short", {"en": ["one"], "ar": ["١"]}, {"en": "Title", "ar": "عنوان"}),
]


def test_english_has_the_first_lines_and_arabic_the_others() -> None:
    assert list(halves(DOCUMENTS, Titles.BOTH)) == [
        {"id": "d-en", "language": "en", "text": "one\ntwo", "title": "Title"},
        {"id": "d-ar", "language": "ar", "text": "٣", "title": "عنوان"},
    ]


def test_without_its_title_nothing_of_the_arabic_half_is_translated() -> None:
    english, arabic = halves(DOCUMENTS, Titles.ENGLISH)
    assert english["title"] == "Title"
    assert "title" not in arabic


def test_all_articles_are_of_one_day(tmp_path: Path) -> None:
    news = tmp_path / "news.jsonl"
    news.write_text('{"id": "n", "text": "خبر", "published_at": "1987-02-26"}\n', encoding="utf-8")
    write_articles(tmp_path / "all.jsonl", other_news([news, news]))
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"id": "n", "text": "خبر", "published_at": DAY}] * 2
