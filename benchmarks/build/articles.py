"""Which articles are built: the first ones that make so many paragraphs, and the same with some changed."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.articles.split import split_article
from indexer.encoders.models import find_model
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file of articles for one size, and how many paragraphs they make."""

    size: int
    path: Path
    articles: int
    paragraphs: int


def choose(sources: Sequence[Path], sizes: Sequence[int], folder: Path, model: str | None) -> list[Chosen]:
    """Write one file of articles for each size, split as the build does; loads the model, so run it apart."""
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder  # torch, for its tokenizer alone

    encoder = SentenceTransformersEncoder.load(find_model(model))

    def count(article: Article) -> int:
        return len(split_article(article, count_tokens=encoder.count_tokens, max_tokens=encoder.budget.text))

    found = (item.article for item in read_sources(sources) if not isinstance(item, Reject))
    return write_prefixes(found, sizes, folder, count)


def write_prefixes(
    articles: Iterable[Article], sizes: Sequence[int], folder: Path, count: Callable[[Article], int]
) -> list[Chosen]:
    """Write the first articles that make at least so many paragraphs into a file for each size.

    A smaller file is the beginning of a larger one. Of articles with one id, the first is taken.

    Raises:
        SourceError: the articles make fewer paragraphs than the largest size.
    """
    left = sorted(set(sizes))
    chosen: list[Chosen] = []
    lines: dict[str, str] = {}
    paragraphs = 0
    for article in articles:
        if article.id in lines:
            continue
        lines[article.id] = json.dumps(record_of(article), ensure_ascii=False)
        paragraphs += count(article)
        while left and paragraphs >= left[0]:
            path = folder / f"{left[0]}.jsonl"
            path.write_text("\n".join(lines.values()) + "\n", encoding="utf-8")
            chosen.append(Chosen(left.pop(0), path, len(lines), paragraphs))
        if not left:
            return chosen
    raise SourceError(f"the sources make {paragraphs:,} paragraphs, fewer than {left[-1]:,}")


def record_of(article: Article) -> dict[str, Any]:
    """Return the record that is read as this article again; what no build looks at is left out."""
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
    """Write the articles of `path` with a share of them changed, and return how many were.

    A changed article begins with the first paragraph of another one, half the corpus away. Which
    are changed depends on the share alone, and two of 1 % and 10 % have none in common: a rebuild
    finds nothing in the cache that the rebuild before it has put there.
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
    """Return about `share` of `n` rows at even distances, one at least unless the share is 0."""
    if share == 0:
        return []
    step = round(1 / share)
    return list(range(step // 2, n, step)) or [0]
