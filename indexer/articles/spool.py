"""Accepted articles on disk between reading and writing: the last of each id, in order of id."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from pydantic import TypeAdapter

from indexer.snapshot.content.article import Article, Paragraph
from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.reject import Reject

_article = TypeAdapter(Article)
_paragraphs = TypeAdapter(tuple[Paragraph, ...])


@dataclass(frozen=True, slots=True)
class Spooled:
    """An article to be written; `paragraphs` are None where it has yet to be split.

    `split_key` is that of an article which has been split.
    """

    article: Article
    paragraphs: tuple[Paragraph, ...] | None = None
    split_key: str | None = None


class Spool:
    """A temporary file of articles; a context manager that closes it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE article (id TEXT PRIMARY KEY, file TEXT, line INTEGER, timestamp INTEGER, "
            "content BLOB, paragraphs BLOB, split_key TEXT) WITHOUT ROWID;"
            "BEGIN"
        )

    def carry(self, spooled: Spooled) -> None:
        """Keep an article of an earlier version, to be replaced by one that is added with its id."""
        self._put(spooled, None, None)

    def add(self, found: SourceArticle) -> Reject | None:
        """Keep an article; return the one of the same id that was added before, as a reject."""
        article_id = found.article.id
        earlier = self._db.execute("SELECT file, line FROM article WHERE id = ?", (article_id,)).fetchone()
        self._put(Spooled(found.article), found.file, found.line)
        if earlier is None or earlier[0] is None:
            return None
        file, line = earlier
        place = found.file if found.line is None else f"{found.file}:{found.line}"
        return Reject(file, line, f"id {article_id!r} comes again at {place}: the last one wins")

    def drop(self, article_ids: Iterable[str]) -> int:
        """Drop articles by id, and return how many were here."""
        return sum(self._db.execute("DELETE FROM article WHERE id = ?", (one,)).rowcount for one in article_ids)

    def drop_before(self, timestamp: int) -> int:
        """Drop articles published before a moment, Unix seconds; those without a date stay. Return how many."""
        return self._db.execute("DELETE FROM article WHERE timestamp < ?", (timestamp,)).rowcount

    def __len__(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM article").fetchone()[0]
        return count

    def __iter__(self) -> Iterator[Spooled]:
        """Yield articles in order of id, by code point."""
        rows = self._db.execute("SELECT content, paragraphs, split_key FROM article ORDER BY id")
        for content, paragraphs, split_key in rows:
            yield Spooled(
                _article.validate_json(content),
                None if paragraphs is None else _paragraphs.validate_json(paragraphs),
                split_key,
            )

    def _put(self, spooled: Spooled, file: str | None, line: int | None) -> None:
        article, paragraphs = spooled.article, spooled.paragraphs
        self._db.execute(
            "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                file,
                line,
                article.published.timestamp if article.published else None,
                _article.dump_json(article),
                None if paragraphs is None else _paragraphs.dump_json(paragraphs),
                spooled.split_key,
            ),
        )

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()
