"""The first articles of a corpus, as many as a size needs."""

import json
from pathlib import Path

import pytest

from benchmarks.corpora.samples import record_of, write_prefixes
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
