"""As many articles as wanted: real ones first, then new ones made of their paragraphs."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.corpora.samples import ArticleSample, paragraph_counter, write_prefixes
from indexer.snapshot.content.article import Article
from indexer.sources.formats.format import SourceArticle
from indexer.sources.walk import read_sources

_SEED = 20261201
_ORDER_SEED = 20261202


def sample_news(sources: Sequence[Path], sizes: Sequence[int], folder: Path, model: str | None) -> list[ArticleSample]:
    """Write a file of articles for each size, split as in a build; this loads the model, so run it in a child process.

    Sizes beyond what the sources have are completed with articles made of their paragraphs.
    """
    articles = [item.article for item in read_sources(sources) if isinstance(item, SourceArticle)]
    random.Random(_ORDER_SEED).shuffle(articles)  # noqa: S311  # no secret; each size has articles of all sources
    return write_prefixes(endless_news(articles), sizes, folder, paragraph_counter(model))


def endless_news(articles: Sequence[Article]) -> Iterator[Article]:
    """Yield the articles, then in each round one like each of them, without end.

    An article of a later round has the language, title, source and date of a real one, and as many paragraphs. Each is
    drawn from all paragraphs in that language, so two articles have few of them in common and are not near-duplicates.
    The vocabulary no longer grows, as that of more real news would.
    """
    yield from articles
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    for article in articles:
        blocks[article.language].extend(article.blocks)
    generator = random.Random(_SEED)  # noqa: S311  # no secret; equal sources give equal articles
    for round_ in count(1):
        for article in articles:
            drawn = generator.choices(blocks[article.language], k=len(article.blocks))
            yield replace(article, id=f"{article.id}~{round_}", url=None, blocks=tuple(drawn))
