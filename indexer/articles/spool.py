"""Articles on disk between reading and writing: the last one of each id, in order of id."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from indexer.snapshot.content.article import Article, Paragraph
from indexer.snapshot.text.normalisation import folded_name
from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.date_order import DateOrder
from indexer.sources.parsing.dates import DateReading
from indexer.sources.parsing.reject import Reject

_article = TypeAdapter(Article)
_paragraphs = TypeAdapter(tuple[Paragraph, ...])
_date = TypeAdapter(DateReading)


@dataclass(frozen=True, slots=True)
class SpooledArticle:
    """An article to be written; `paragraphs` and `split_key` are None if it has not been split yet."""

    article: Article
    paragraphs: tuple[Paragraph, ...] | None = None
    split_key: str | None = None


class Spool(AbstractContextManager["Spool"]):
    """A temporary file of articles; a context manager that closes the file."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE article (id TEXT PRIMARY KEY, file TEXT, line INTEGER, timestamp INTEGER, "
            "content BLOB, paragraphs BLOB, split_key TEXT, ambiguous_date BLOB, source TEXT) WITHOUT ROWID;"
            "BEGIN"
        )

    def add_published(self, spooled: SpooledArticle) -> None:
        """Add an article of the published version; an article from the sources with the same id replaces it."""
        self._put(spooled, None, None, None)

    def add(self, item: SourceArticle) -> Reject | None:
        """Add an article from the sources; if it replaces another one from the sources, return that one as a reject."""
        article_id = item.article.id
        earlier = self._db.execute("SELECT file, line FROM article WHERE id = ?", (article_id,)).fetchone()
        self._put(SpooledArticle(item.article), item.file, item.line, item.date)
        if earlier is None or earlier[0] is None:
            return None
        file, line = earlier
        place = item.file if item.line is None else f"{item.file}:{item.line}"
        return Reject(file, line, f"id {article_id!r} comes again at {place}: the last one wins")

    def settle_dates(self, order_of: Callable[[str], DateOrder | None]) -> Iterator[Reject]:
        """Date the articles with ambiguous dates by the order that their file has; yield the dates that stay unknown.

        The rest of what is in the spool does not change.
        """
        ids = self._db.execute(
            "SELECT id FROM article WHERE ambiguous_date IS NOT NULL ORDER BY file, line, id"
        ).fetchall()
        for (article_id,) in ids:
            file, line, content, stored = self._db.execute(
                "SELECT file, line, content, ambiguous_date FROM article WHERE id = ?", (article_id,)
            ).fetchone()
            date, order = _date.validate_json(stored), order_of(file)
            if order is not None and order in date.choices:
                article = replace(_article.validate_json(content), published=date.choices[order])
                self._put(SpooledArticle(article), file, line, None)
            else:
                yield Reject(file, line, f"published_at: {date.problem}")

    def from_sources(self) -> Iterator[Article]:
        """Yield the articles that came from the sources, in order of id."""
        for (content,) in self._db.execute("SELECT content FROM article WHERE file IS NOT NULL ORDER BY id"):
            yield _article.validate_json(content)

    def rewrite(self, article_ids: Iterable[str], change: Callable[[Article], Article]) -> None:
        """Replace articles by what `change` makes of them."""
        for article_id in article_ids:
            content, file, line = self._db.execute(
                "SELECT content, file, line FROM article WHERE id = ?", (article_id,)
            ).fetchone()
            article = _article.validate_json(content)
            if (changed := change(article)) != article:
                self._put(SpooledArticle(changed), file, line, None)

    def source_names(self) -> dict[str, str]:
        """Return the name to show for each name of a source that differs from it only in capitals and spaces.

        It is the name that most articles have; of several, the first by code point.
        """
        names = self._db.execute(
            "SELECT source, count(*) FROM article WHERE source IS NOT NULL "
            "GROUP BY source ORDER BY count(*) DESC, source"
        ).fetchall()
        shown: dict[str, str] = {}
        for name, _ in names:
            shown.setdefault(folded_name(name), name)
        return {name: shown[folded_name(name)] for name, _ in names if shown[folded_name(name)] != name}

    def drop(self, article_ids: Iterable[str]) -> int:
        """Drop articles by id; return how many were dropped."""
        return sum(
            self._db.execute("DELETE FROM article WHERE id = ?", (article_id,)).rowcount for article_id in article_ids
        )

    def drop_before(self, timestamp: int) -> int:
        """Drop articles published before a moment in Unix seconds; return how many. Articles without a date stay."""
        return self._db.execute("DELETE FROM article WHERE timestamp < ?", (timestamp,)).rowcount

    def __len__(self) -> int:
        count: int = self._db.execute("SELECT count(*) FROM article").fetchone()[0]
        return count

    def __iter__(self) -> Iterator[SpooledArticle]:
        """Yield articles in order of id, by code point."""
        rows = self._db.execute("SELECT content, paragraphs, split_key FROM article ORDER BY id")
        for content, paragraphs, split_key in rows:
            yield SpooledArticle(
                _article.validate_json(content),
                None if paragraphs is None else _paragraphs.validate_json(paragraphs),
                split_key,
            )

    def _put(self, spooled: SpooledArticle, file: str | None, line: int | None, date: DateReading | None) -> None:
        article, paragraphs = spooled.article, spooled.paragraphs
        self._db.execute(
            "INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                file,
                line,
                article.published.timestamp if article.published else None,
                _article.dump_json(article),
                None if paragraphs is None else _paragraphs.dump_json(paragraphs),
                spooled.split_key,
                _date.dump_json(date) if date is not None and date.choices else None,
                article.source,
            ),
        )

    def __exit__(self, *_error: object) -> None:
        self._db.close()
