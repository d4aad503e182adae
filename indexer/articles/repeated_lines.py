"""Lines that a source repeats on many of its pages: "Continue reading...", a comment policy, a line about cookies.

They say nothing about the article, and as paragraphs of their own they would be near many unrelated queries.
`indexer/sources/parsing/boilerplate.py` drops lines that match known patterns; this module finds lines by comparing
articles.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import urlsplit

import numpy as np

from indexer.reporting.report import RepeatedLine
from indexer.snapshot.content.article import Article
from indexer.snapshot.text.normalisation import for_encoder

MIN_ARTICLES = 10
"""Least number of different articles of a source that have a line, if the line is boilerplate."""

MIN_SHARE = 0.05
"""Least share of the articles of a source: agencies repeat a paragraph of background in every story on a subject."""

MAX_CHARS = 300
"""Longer lines are text."""

_BUCKETS = 2**22
_DIGEST_BYTES = 8


class RepeatedLines:
    """Finds repeated lines in two readings of all articles, in memory that does not grow with their number.

    The first reading (`add`) counts lines in buckets. Only lines in full buckets are counted one by one in the second
    (`count`), with some different beginnings of the articles that have them: copies of one article are no evidence.
    """

    def __init__(self) -> None:
        self._n_articles: Counter[str] = Counter()
        self._buckets = np.zeros(_BUCKETS, dtype=np.uint32)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._beginnings: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
        self._left_out: Counter[tuple[str, str]] = Counter()

    def has_candidates(self) -> bool:
        """Return whether a second reading may find anything."""
        return bool((self._buckets >= MIN_ARTICLES).any())

    def add(self, article: Article) -> None:
        """Count the short lines of an article in their buckets."""
        source = _source(article)
        self._n_articles[source] += 1
        for line in _short_lines(article):
            self._buckets[_bucket(source, line)] += 1

    def count(self, article: Article) -> bool:
        """Count the lines of an article that may be repeated; return whether there are any."""
        source = _source(article)
        often = [line for line in _short_lines(article) if self._buckets[_bucket(source, line)] >= MIN_ARTICLES]
        for line in often:
            self._counts[source, line] += 1
            beginnings = self._beginnings[source, line]
            if len(beginnings) < MIN_ARTICLES:
                rest = next((block for block in article.blocks if for_encoder(block) != line), "")
                beginnings.add(_digest(article.title or "", rest))
        return bool(often)

    def without(self, article: Article) -> Article:
        """Return an article without the lines that its source repeats, unless nothing else would be left."""
        source = _source(article)
        kept = tuple(block for block in article.blocks if not self._is_repeated(source, block))
        if not kept or len(kept) == len(article.blocks):
            return article
        kept_lines = set(kept)
        for block in dict.fromkeys(block for block in article.blocks if block not in kept_lines):
            self._left_out[source, block] += 1
        return replace(article, blocks=kept)

    @property
    def left_out(self) -> list[RepeatedLine]:
        """The lines that were left out, the most frequent one first."""
        lines = [RepeatedLine(source, line, n) for (source, line), n in self._left_out.items()]
        return sorted(lines, key=lambda line: (-line.articles, line.source, line.line))

    def _is_repeated(self, source: str, line: str) -> bool:
        key = source, for_encoder(line)
        enough = len(self._beginnings.get(key, ())) >= MIN_ARTICLES
        return enough and self._counts[key] >= MIN_SHARE * self._n_articles[source]


def _source(article: Article) -> str:
    return article.source or urlsplit(article.url or "").hostname or ""


def _short_lines(article: Article) -> Iterable[str]:
    return dict.fromkeys(for_encoder(block) for block in article.blocks if len(block) <= MAX_CHARS)


def _bucket(source: str, line: str) -> int:
    return int.from_bytes(_digest(source, line), "little") % _BUCKETS


def _digest(*texts: str) -> bytes:
    return blake2b("\n".join(texts).encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()
