"""The articles of a build: samples with a given number of paragraphs, and the same with some articles changed."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.articles.split import split_article
from indexer.encoders.models import find_model
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError
from indexer.sources.formats.format import SourceArticle
from indexer.sources.walk import read_sources


@dataclass(frozen=True, slots=True)
class ArticleSample:
    """A file of articles for one size: at least `size` paragraphs."""

    size: int
    path: Path
    articles: int
    paragraphs: int


def sample_articles(
    sources: Sequence[Path], sizes: Sequence[int], folder: Path, model: str | None
) -> list[ArticleSample]:
    """Write one file of articles for each size, split as in a build.

    This loads the model, so it should run in a child process.
    """
    # imports torch; only its tokenizer is used
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder

    limit = SentenceTransformersEncoder.load(find_model(model)).description.paragraph_limit

    def count(article: Article) -> int:
        return len(split_article(article, limit))

    articles = (item.article for item in read_sources(sources) if isinstance(item, SourceArticle))
    return write_prefixes(articles, sizes, folder, count)


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


def write_changed(path: Path, share: float, target: Path) -> int:
    """Write the articles of `path` with a share of them changed, and return the number of changed ones.

    A changed article begins with the first paragraph of another one, half the corpus away. The share
    decides which articles change, and the shares 1 % and 10 % change no article in common. So a rebuild
    finds in the cache nothing that the rebuild before it added.
    """
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    openings = [record["paragraphs"][0] for record in records]
    rows = changed_rows(len(records), share)
    for row in rows:
        records[row]["paragraphs"][0] = openings[(row + len(records) // 2) % len(records)]
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    target.write_text(text, encoding="utf-8")
    return len(rows)


def changed_rows(n: int, share: float) -> list[int]:
    """Return about `share` of `n` rows, evenly spaced; at least one unless the share is 0."""
    if share == 0:
        return []
    step = round(1 / share)
    return list(range(step // 2, n, step)) or [0]
