"""Writing the corpus of a version: one SQLite file, rows in the order in which articles are added."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from indexer.snapshot.content.article import Article, Paragraph
from indexer.snapshot.content.columns import ArticleRow

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE article (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, language TEXT NOT NULL, title TEXT, url TEXT, source TEXT,
    author TEXT, published TEXT, timestamp INTEGER, tags TEXT NOT NULL, extra TEXT NOT NULL, split_key TEXT NOT NULL,
    copy_of INTEGER REFERENCES article
) STRICT;
CREATE TABLE paragraph (
    row INTEGER PRIMARY KEY, article_row INTEGER NOT NULL REFERENCES article, id TEXT NOT NULL UNIQUE,
    position INTEGER NOT NULL, section TEXT, text TEXT NOT NULL, language TEXT NOT NULL
) STRICT;
CREATE INDEX paragraph_by_article ON paragraph (article_row);
"""


class ArticleText(NamedTuple):
    """When an article was published, Unix seconds, and its paragraphs."""

    timestamp: int | None
    paragraphs: list[str]


class CorpusWriter(AbstractContextManager["CorpusWriter"]):
    """Writes articles in the order given; a context manager that closes the file."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        self.n_articles = 0
        self.n_paragraphs = 0

    def add(self, article: Article, paragraphs: Sequence[Paragraph], split_key: str) -> None:
        """Append one article with its paragraphs and their split key."""
        published = article.published
        self._db.execute(
            "INSERT INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                self.n_articles,
                article.id,
                article.language,
                article.title,
                article.url,
                article.source,
                article.author,
                published.text if published else None,
                published.timestamp if published else None,
                json.dumps(article.tags, ensure_ascii=False),
                json.dumps(dict(article.extra), ensure_ascii=False, sort_keys=True),
                split_key,
            ),
        )
        self._db.executemany(
            "INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (row, self.n_articles, item.id, item.position, item.section, item.text, item.language)
                for row, item in enumerate(paragraphs, start=self.n_paragraphs)
            ),
        )
        self.n_articles += 1
        self.n_paragraphs += len(paragraphs)

    def texts(self) -> Iterator[ArticleText]:
        """Yield the text of each article that was added, in row order."""
        rows = self._db.execute(
            "SELECT article.row, timestamp, text FROM article LEFT JOIN paragraph ON article_row = article.row "
            "ORDER BY article.row, paragraph.row"
        )
        for (_, timestamp), paragraphs in groupby(rows, key=itemgetter(0, 1)):
            yield ArticleText(timestamp, [text for *_, text in paragraphs if text is not None])

    def mark_near_duplicates(self, copies: Mapping[ArticleRow, ArticleRow]) -> None:
        """Record the near-duplicates: the row of each, and the row of the article that it repeats."""
        self._db.executemany("UPDATE article SET copy_of = ? WHERE row = ?", ((of, row) for row, of in copies.items()))

    def __exit__(self, kind: type[BaseException] | None, *_details: object) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        self._db.close()
