"""The articles of a size, and those of them that change."""

import json
from pathlib import Path

import pytest

from benchmarks.build.articles import changed_rows, record_of, write_changed, write_prefixes
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError
from indexer.sources.parsing.record import article_from_record
from tests.conftest import make_article


def articles(n: int) -> list[Article]:
    """Return articles of one, two, three, one, two ... paragraphs."""
    return [
        make_article(f"a{place}", "en", *(f"{place}, {line}" for line in range(place % 3 + 1))) for place in range(n)
    ]


def count(article: Article) -> int:
    return len(article.blocks)


def test_sample_ends_with_the_article_that_reaches_the_size(tmp_path: Path) -> None:
    samples = write_prefixes(iter(articles(9)), [4, 1], tmp_path, count)
    assert [(found.size, found.articles, found.paragraphs) for found in samples] == [(1, 1, 1), (4, 3, 6)]
    lines = samples[1].path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a0", "a1", "a2"]
    assert samples[0].path.read_text(encoding="utf-8").splitlines() == lines[:1]


def test_an_article_that_occurs_twice_is_counted_once(tmp_path: Path) -> None:
    twice = [articles(1)[0], *articles(3)]
    assert write_prefixes(twice, [3], tmp_path, count)[0].articles == 2


def test_too_few_articles_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="have 6 paragraphs, fewer than 7"):
        write_prefixes(articles(3), [1, 7], tmp_path, count)


def test_record_is_parsed_to_the_same_article() -> None:
    article = make_article("a", "ar", "سطر أول", "سطر ثان", title="عنوان", source="s", published="2024-05-14")
    again = article_from_record(record_of(article)).article
    assert (again.blocks, again.title, again.language) == (article.blocks, article.title, article.language)
    assert (again.source, again.published) == (article.source, article.published)


@pytest.mark.parametrize(
    ("n", "share", "rows"),
    [(4, 0.0, []), (25, 0.1, [5, 15]), (300, 0.01, [50, 150, 250]), (3, 0.01, [0])],
)
def test_changed_rows_are_evenly_spaced(n: int, share: float, rows: list[int]) -> None:
    assert changed_rows(n, share) == rows


def test_small_and_large_share_have_no_row_in_common() -> None:
    assert not set(changed_rows(5_000, 0.01)) & set(changed_rows(5_000, 0.1))


def test_changed_article_begins_with_a_paragraph_of_another(tmp_path: Path) -> None:
    samples = write_prefixes(articles(10), [19], tmp_path, count)[0]
    assert write_changed(samples.path, 0.1, tmp_path / "changed.jsonl") == 1
    before = samples.path.read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "changed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [5]
    assert json.loads(after[5])["paragraphs"] == ["0, 0", "5, 1", "5, 2"]
