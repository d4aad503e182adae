"""Reading the corpus of a version: articles and paragraphs in one SQLite file that never changes.

Rows are numbered from 0 and follow the article ids, so that equal input gives equal files and row
order is id order. Paragraph row n belongs to vector n of the index.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from indexer.snapshot.content.article import Article, ArticleSummary, Paragraph, PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, ArticleRow, CodeLists, Columns, ParagraphRow
from indexer.snapshot.content.events import open_events
from indexer.snapshot.content.names import Names, coded
from indexer.snapshot.errors import SnapshotDamaged

_SUMMARY = "article.id, title, article.language, source, url, published"
_ARTICLE = "id, language, title, url, source, author, published, timestamp, tags, extra"
_PARAGRAPH = "paragraph.id, position, section, text, paragraph.language"
_HIT = f"SELECT paragraph.row, {_PARAGRAPH}, {_SUMMARY} FROM paragraph JOIN article ON article.row = article_row"
_PASSAGE = "SELECT title, section, text FROM paragraph JOIN article ON article.row = article_row"

_TAG_LISTS = TypeAdapter(list[list[str]])
_TAG_BATCH = 1_000
"""Articles whose tags are read at once: one JSON text is read faster than many."""

_MAPPED_BYTES = 1 << 40
"""More than any corpus; SQLite takes the least of this, the file's size and its own limit."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article as a version holds it: paragraphs in place of blocks, which are empty.

    `split_key` identifies what the paragraphs were made from: equal keys, equal paragraphs.
    """

    article: Article
    paragraphs: tuple[Paragraph, ...]
    split_key: str


class Passage(NamedTuple):
    """The texts that an encoder reads together for a paragraph."""

    title: str | None
    section: str | None
    text: str


class Corpus(AbstractContextManager["Corpus"]):
    """Reads articles and paragraphs; a context manager that closes the file. Several threads may read at once.

    Running threads must not share SQLite connections, so each thread has its own. The file is opened
    as immutable, which needs no locks. `events` is the file of the articles' events, which a build computes after the
    corpus; without it, a story is an event.

    Raises:
        SnapshotDamaged: the file cannot be opened as a corpus, or the file of events is not one of this corpus.
    """

    def __init__(self, path: Path, events: Path | None = None) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        try:
            self.columns = self._read_columns(events)
        except (
            sqlite3.Error,
            LookupError,
            OverflowError,
            TypeError,
            ValueError,
        ) as error:  # values that no build writes
            raise SnapshotDamaged(f"{path} cannot be opened: {error}") from error

    @property
    def n_articles(self) -> int:
        """Number of articles."""
        return len(self.columns.language)

    @property
    def n_paragraphs(self) -> int:
        """Number of paragraphs."""
        return len(self.columns.article_of_paragraph)

    def paragraph_rows(self) -> Sequence[ParagraphRow]:
        """Return the rows of all paragraphs."""
        return cast("Sequence[ParagraphRow]", range(self.n_paragraphs))

    def article(self, article_id: str) -> StoredArticle | None:
        """Return an article with all its paragraphs, or None if the id is unknown."""
        query = f"SELECT row, split_key, {_ARTICLE} FROM article WHERE id = ?"
        article = self._db().execute(query, (article_id,)).fetchone()
        if article is None:
            return None
        row, split_key, *fields = article
        paragraphs = self._db().execute(
            f"SELECT {_PARAGRAPH} FROM paragraph WHERE article_row = ? ORDER BY row", (row,)
        )
        return StoredArticle(_article(fields), tuple(Paragraph(*rest) for rest in paragraphs), split_key)

    def articles(self) -> Iterator[StoredArticle]:
        """Yield every article with its paragraphs, in row order."""
        paragraphs = self._db().execute(f"SELECT article_row, {_PARAGRAPH} FROM paragraph ORDER BY row")
        groups = groupby(paragraphs, key=itemgetter(0))
        next_group = next(groups, None)
        articles = self._db().execute(f"SELECT row, split_key, {_ARTICLE} FROM article ORDER BY row")
        for row, split_key, *fields in articles:
            article_paragraphs: tuple[Paragraph, ...] = ()
            if next_group is not None and next_group[0] == row:
                article_paragraphs = tuple(Paragraph(*rest) for _, *rest in next_group[1])
                next_group = next(groups, None)
            yield StoredArticle(_article(fields), article_paragraphs, split_key)

    def summaries(self, article_rows: Sequence[ArticleRow]) -> list[ArticleSummary]:
        """Return the summaries of articles by row, in the order given."""
        query = f"SELECT row, {_SUMMARY} FROM article WHERE row IN ({_placeholders(article_rows)})"
        articles = self._db().execute(query, article_rows)
        summaries = {row: ArticleSummary(*fields) for row, *fields in articles}
        return [summaries[row] for row in article_rows]

    def article_rows(self, article_ids: Iterable[str]) -> list[ArticleRow]:
        """Return the rows of those articles that the corpus has."""
        query = "SELECT row FROM article WHERE id = ?"
        rows = (self._db().execute(query, (article_id,)).fetchone() for article_id in article_ids)
        return [row for (row,) in filter(None, rows)]

    def article_ids_at(self, url: str) -> list[str]:
        """Return the ids of the articles that have an address, in row order."""
        rows = self._db().execute("SELECT id FROM article WHERE url = ? ORDER BY row", (url,))
        return [article_id for (article_id,) in rows]

    def article_ids(self) -> list[str]:
        """Return the id of every article, by row."""
        return [article_id for (article_id,) in self._db().execute("SELECT id FROM article ORDER BY row")]

    def paragraph_ids(self) -> list[str]:
        """Return the id of every paragraph, by row."""
        return [paragraph_id for (paragraph_id,) in self._db().execute("SELECT id FROM paragraph ORDER BY row")]

    def hits(self, paragraph_rows: Sequence[ParagraphRow]) -> list[tuple[ArticleSummary, Paragraph]]:
        """Return paragraphs and the summaries of their articles by paragraph row, in the order given.

        Raises:
            IndexError: there is no such row.
        """
        query = f"{_HIT} WHERE paragraph.row IN ({_placeholders(paragraph_rows)})"
        hits = {
            row: (ArticleSummary(*fields[5:]), Paragraph(*fields[:5]))
            for row, *fields in self._db().execute(query, paragraph_rows)
        }
        missing = [row for row in paragraph_rows if row not in hits]
        if missing:
            raise IndexError(f"no paragraph row {missing[0]}")
        return [hits[row] for row in paragraph_rows]

    def paragraph_languages(self) -> npt.NDArray[np.str_]:
        """Return the language of every paragraph, by row, shape (n_paragraphs,)."""
        return np.asarray(self.columns.languages)[self.columns.paragraph_language]

    def openings(self) -> Iterator[tuple[str, str | None, str]]:
        """Yield language, title and first paragraph of every article, in row order.

        The language is that of the title, or without one that of the paragraph.
        """
        yield from self._db().execute(
            "SELECT CASE WHEN title IS NULL THEN paragraph.language ELSE article.language END, title, text "
            "FROM article JOIN paragraph ON article_row = article.row "
            "WHERE position = 1 ORDER BY article.row"
        )

    def passages(self) -> Iterator[Passage]:
        """Yield the texts that are embedded for each paragraph, in row order."""
        for fields in self._db().execute(f"{_PASSAGE} ORDER BY paragraph.row"):
            yield Passage(*fields)

    def passage(self, row: ParagraphRow) -> Passage:
        """Return the texts that are embedded for one paragraph.

        Raises:
            IndexError: there is no such row.
        """
        fields = self._db().execute(f"{_PASSAGE} WHERE paragraph.row = ?", (row,)).fetchone()
        if fields is None:
            raise IndexError(f"no paragraph row {row}")
        return Passage(*fields)

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    def _db(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # One thread uses it; any thread may close it with the corpus.
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            # Pages are read from the page cache, not copied into a cache of each connection.
            connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            self._local.connection = connection
            with self._guard:
                self._connections.append(connection)
        return connection

    def _read_columns(self, events: Path | None) -> Columns:
        query = "SELECT row, language, source, timestamp, copy_of FROM article ORDER BY row"
        articles = self._db().execute(query).fetchall()
        paragraph_languages = [name for (name,) in self._db().execute("SELECT DISTINCT language FROM paragraph")]
        languages = sorted({article[1] for article in articles}.union(paragraph_languages))
        source, sources = coded(article[2] for article in articles)
        author, authors = coded(name for (name,) in self._db().execute("SELECT author FROM article ORDER BY row"))
        tag, tags = self._read_tags()
        language_code = {name: code for code, name in enumerate(languages)}
        pairs = self._db().execute("SELECT article_row, language FROM paragraph ORDER BY row")
        of_paragraphs = np.fromiter(((row, language_code[name]) for row, name in pairs), dtype=np.dtype((np.int32, 2)))
        story = np.array([row if of is None else of for row, *_, of in articles], dtype=np.int32)
        return Columns(
            article_of_paragraph=np.ascontiguousarray(of_paragraphs[:, 0]),
            paragraph_language=np.ascontiguousarray(of_paragraphs[:, 1]),
            language=np.array([language_code[language] for _, language, *_ in articles], dtype=np.int32),
            source=source,
            timestamp=np.array([NO_TIMESTAMP if t is None else t for _, _, _, t, _ in articles], dtype=np.int64),
            story=story,
            event=story if events is None else open_events(events, story),
            languages=tuple(languages),
            sources=sources,
            author=author,
            authors=authors,
            tag=tag,
            tags=tags,
        )

    def _read_tags(self) -> tuple[CodeLists, Names]:
        n_tags: list[int] = []

        def tags() -> Iterator[str]:
            texts = self._db().execute("SELECT tags FROM article ORDER BY row")
            while batch := texts.fetchmany(_TAG_BATCH):
                lists = _TAG_LISTS.validate_json(f"[{','.join(text for (text,) in batch)}]")
                if len(lists) != len(batch):  # a text is no list, but makes one with its neighbours
                    raise ValueError("the tags of an article are not a list")
                n_tags.extend(map(len, lists))
                yield from chain.from_iterable(lists)

        codes, names = coded(tags())
        return CodeLists.of(np.array(n_tags, dtype=np.int64), codes), names


def _placeholders(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _article(values: Sequence[Any]) -> Article:
    """Return an article without blocks from the columns of `_ARTICLE`."""
    article_id, language, title, url, source, author, published, timestamp, tags, extra = values
    return Article(
        id=article_id,
        language=language,
        title=title,
        url=url,
        source=source,
        author=author,
        published=None if published is None else PublicationTime(published, timestamp),
        blocks=(),
        tags=tuple(json.loads(tags)),
        extra=json.loads(extra),
    )
