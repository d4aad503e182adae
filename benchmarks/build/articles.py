"""The articles of a build: samples with a given number of paragraphs, and the same with some articles changed."""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpora.samples import ArticleSample, paragraph_counter, write_prefixes
from indexer.sources.formats.format import SourceArticle
from indexer.sources.walk import read_sources


def sample_articles(
    sources: Sequence[Path], sizes: Sequence[int], folder: Path, model: str | None
) -> list[ArticleSample]:
    """Write one file of articles for each size, split as in a build.

    This loads the model, so it should run in a child process.
    """
    articles = (item.article for item in read_sources(sources) if isinstance(item, SourceArticle))
    return write_prefixes(articles, sizes, folder, paragraph_counter(model))


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
