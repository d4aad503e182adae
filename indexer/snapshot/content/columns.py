"""The fields of articles and paragraphs that filters and grouping read, as arrays by row."""

from dataclasses import dataclass
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.names import Codes, Names

ArticleRow = NewType("ArticleRow", int)
"""Number of an article in a version, from 0, in order of id."""

ParagraphRow = NewType("ParagraphRow", int)
"""Number of a paragraph in a version, from 0, in order of article row, then position."""

NO_TIMESTAMP = np.iinfo(np.int64).min
"""The value in `Columns.timestamp` of an article without a date; earlier than any date."""


@dataclass(frozen=True, slots=True)
class CodeLists:
    """Any number of different codes for each article: those of article n are codes[offsets[n]:offsets[n + 1]].

    `offsets` has shape (n_articles + 1,), int64, `codes` shape (n_codes,), int32.
    """

    offsets: npt.NDArray[np.int64]
    codes: Codes

    @classmethod
    def of(cls, n_codes: npt.NDArray[np.int64], codes: Codes) -> "CodeLists":
        """Take the number of codes of each article, and all codes; drop -1, and what an article has twice."""
        articles = np.repeat(np.arange(len(n_codes)), n_codes)[codes >= 0]
        known = codes[codes >= 0].astype(np.int64)
        width = int(known.max(initial=0)) + 1
        pairs = np.sort(articles * width + known)  # np.unique takes thirty times as long
        articles, different = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], width)
        return cls(np.searchsorted(articles, np.arange(len(n_codes) + 1)), different.astype(np.int32))

    def at(self, rows: npt.NDArray[np.int64] | slice) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Return the codes of the articles at `rows`, one article after the other, and where those of each end.

        The ends have shape (n,). The only slice is that of all articles.
        """
        if isinstance(rows, slice):
            return self.codes, self.offsets[1:]
        n_codes = self.offsets[rows + 1] - self.offsets[rows]
        ends = np.cumsum(n_codes)
        places = np.repeat(self.offsets[rows] - (ends - n_codes), n_codes) + np.arange(n_codes.sum())
        return self.codes[places], ends

    def has_any(self, marked: npt.NDArray[np.bool_], rows: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.bool_]:
        """Return which of the articles at `rows` have a code that is marked, shape (n,)."""
        codes, ends = self.at(rows)
        n_marked = np.concatenate([[0], np.cumsum(marked[codes])])[np.concatenate([[0], ends])]
        has_any: npt.NDArray[np.bool_] = n_marked[1:] > n_marked[:-1]
        return has_any


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry for each row.

    `article_of_paragraph` and `paragraph_language` have shape (n_paragraphs,), int32. The other arrays
    have shape (n_articles,): `language` is an int32 code into `languages`, and so is `paragraph_language`; `source` and
    `author` are int32 codes into `sources` and `authors` (-1 for none), and `tag` has lists of codes into `tags`;
    `timestamp` is int64, Unix seconds; `story`, int32, is the row of the article that this one is a near-duplicate of,
    or its own row; `event`, int32, is the row of the first article of its event, or its own row. All articles of a
    story have one event.
    """

    article_of_paragraph: npt.NDArray[np.int32]
    paragraph_language: npt.NDArray[np.int32]
    language: npt.NDArray[np.int32]
    source: npt.NDArray[np.int32]
    timestamp: npt.NDArray[np.int64]
    story: npt.NDArray[np.int32]
    event: npt.NDArray[np.int32]
    languages: tuple[str, ...]
    sources: Names
    author: Codes
    authors: Names
    tag: CodeLists
    tags: Names


def paragraph_rows(
    columns: Columns, articles: npt.NDArray[np.integer[Any]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows of all paragraphs of some articles, and for each the place of its article among these.

    Both have shape (n_paragraphs,), int64; the paragraphs of one article follow each other.
    """
    of_paragraph = columns.article_of_paragraph
    wanted = articles.astype(of_paragraph.dtype)  # another type would convert every paragraph
    starts = np.searchsorted(of_paragraph, wanted, side="left")
    lengths = np.searchsorted(of_paragraph, wanted, side="right") - starts
    owner = np.repeat(np.arange(len(wanted)), lengths)
    return np.arange(len(owner)) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths), owner


def newest_timestamp(columns: Columns, now: int) -> int:
    """Return the time of the newest article that is not from the future, Unix seconds, or `now` if there is none."""
    past = columns.timestamp[(columns.timestamp != NO_TIMESTAMP) & (columns.timestamp <= now)]
    return int(past.max()) if len(past) else now
