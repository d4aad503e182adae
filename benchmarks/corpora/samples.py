"""Files with the first articles of a corpus: as many as have a given number of paragraphs."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.articles.split import split_article
from indexer.encoders.models import find_model
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError


@dataclass(frozen=True, slots=True)
class ArticleSample:
    """A file of articles for one size: at least `size` paragraphs."""

    size: int
    path: Path
    articles: int
    paragraphs: int


def paragraph_counter(model: str | None) -> Callable[[Article], int]:
    """Return what counts the paragraphs into which a build with a model splits an article.

    This loads the model, of which only the tokenizer is used, so it should run in a child process.
    """
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder  # imports torch

    limit = SentenceTransformersEncoder.load(find_model(model)).description.paragraph_limit
    return lambda article: len(split_article(article, limit))


def write_prefixes(
    articles: Iterable[Article], sizes: Sequence[int], folder: Path, count: Callable[[Article], int]
) -> list[ArticleSample]:
    """Write one file for each size: the first articles that together have at least `size` paragraphs.

    A smaller file is the beginning of a larger one. Of articles with the same id, the first is used.
    `count` returns the number of paragraphs of an article.

    Raises:
        SourceError: the articles have fewer paragraphs than the largest size.
    """
    remaining = sorted(set(sizes))
    samples: list[ArticleSample] = []
    lines: dict[str, str] = {}
    paragraphs = 0
    for article in articles:
        if article.id in lines:
            continue
        lines[article.id] = json.dumps(record_of(article), ensure_ascii=False)
        paragraphs += count(article)
        while remaining and paragraphs >= remaining[0]:
            path = folder / f"{remaining[0]}.jsonl"
            path.write_text("\n".join(lines.values()) + "\n", encoding="utf-8")
            samples.append(ArticleSample(remaining.pop(0), path, len(lines), paragraphs))
        if not remaining:
            return samples
    raise SourceError(f"the sources have {paragraphs:,} paragraphs, fewer than {remaining[-1]:,}")


def record_of(article: Article) -> dict[str, Any]:
    """Return a record that is parsed to the same article, without fields that a build does not use."""
    fields = {
        "id": article.id,
        "title": article.title,
        "language": article.language,
        "source": article.source,
        "published_at": article.published.text if article.published else None,
        "paragraphs": list(article.blocks),
    }
    return {name: value for name, value in fields.items() if value is not None}
