"""Accepted articles on disk between reading and writing: the last of each id, in order of id."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from pydantic import TypeAdapter

from indexer.snapshot.article import Article
from indexer.sources.reject import Reject
from indexer.sources.walk import Found

_article = TypeAdapter(Article)


class Spool:
    """A temporary file of articles; a context manager that closes it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE article (id TEXT PRIMARY KEY, file TEXT, line INTEGER, content BLOB) WITHOUT ROWID;"
            "BEGIN"
        )

    def add(self, found: Found) -> Reject | None:
        """Keep an article; return the one of the same id that it replaces, as a reject."""
        article_id = found.article.id
        earlier = self._db.execute("SELECT file, line FROM article WHERE id = ?", (article_id,)).fetchone()
        self._db.execute(
            "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?)",
            (article_id, found.file, found.line, _article.dump_json(found.article)),
        )
        if earlier is None:
            return None
        file, line = earlier
        place = found.file if found.line is None else f"{found.file}:{found.line}"
        return Reject(file, line, f"id {article_id!r} comes again at {place}: the last one wins")

    def __len__(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM article").fetchone()[0]
        return count

    def __iter__(self) -> Iterator[Article]:
        """Yield articles in order of id, by code point."""
        for (content,) in self._db.execute("SELECT content FROM article ORDER BY id"):
            yield _article.validate_json(content)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._db.close()
