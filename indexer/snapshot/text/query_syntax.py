"""What people write into a query besides words: "a phrase" in quotes, and -word for what must not occur."""

import re
from dataclasses import dataclass

from indexer.snapshot.text.normalisation import DISPLAY_MARKS
from indexer.snapshot.text.query_length import QueryLength, query_length
from indexer.snapshot.text.words import words

# Only the straight sign: headlines that are pasted into a search have names in “ ” and « ».
_IN_QUOTES = '"([^"]*)"'

# A dash with nothing before it excludes the word or quotes behind it: "pre-war" and "Moscow - Tehran" exclude nothing.
# It may be a hyphen or a minus sign too, and the word may begin with a sign, as #tag does.
_SIGNS = re.compile(rf"(?<!\S)([-\u2010\u2212])(?:{_IN_QUOTES}|([#@.(]?\w\S*))|{_IN_QUOTES}")

# Keyboards and copied text put them beside the signs.
_MARKS = re.compile(f"[{DISPLAY_MARKS}]")

Phrase = tuple[str, ...]
"""Folded words that stand one after the other."""


@dataclass(frozen=True, slots=True)
class QueryText:
    """A query as it is read: what it is about, and what must and must not occur.

    `meant` is the text without signs and without what is excluded. `words` are all its words, folded. `phrases` are
    those in quotes, `excluded` the words and phrases behind a dash. `ignores_signs` says whether the query has such
    signs and they mean nothing.
    """

    meant: str
    words: tuple[str, ...]
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()
    ignores_signs: bool = False

    @property
    def has_signs(self) -> bool:
        """Whether something must or must not occur."""
        return bool(self.phrases or self.excluded)

    def without_signs(self, text: str) -> "QueryText":
        """Return the query as plain text."""
        meant = " ".join(text.split())
        return QueryText(meant, _folded(meant), ignores_signs=self.has_signs)


def read_query(text: str) -> QueryText:
    """Read a query; a quotation mark without its partner is a sign like any other.

    A query of more than `query_length.MEDIUM_WORDS` words besides those in quotes and behind dashes is running text
    that somebody has pasted. Its signs mean nothing: a quotation is hardly ever found a second time, and never in
    another language.
    """
    phrases: list[Phrase] = []
    excluded: list[Phrase] = []
    bare = _MARKS.sub("", text)
    for match in _SIGNS.finditer(bare):
        (excluded if match[1] else phrases).append(_folded(_content(match)))
    meant = meant_text(bare)
    query = QueryText(meant, _folded(meant), tuple(filter(None, phrases)), tuple(filter(None, excluded)))
    is_running_text = query.has_signs and query_length(_SIGNS.sub(" ", bare)) is QueryLength.SENTENCE
    return query.without_signs(text) if is_running_text else query


def meant_text(text: str) -> str:
    """Return a text without quotation marks and without what it excludes; empty if that is all there is."""
    bare = _MARKS.sub("", text)
    return " ".join(_SIGNS.sub(lambda match: " " if match[1] else f" {_content(match)} ", bare).split())


def _content(match: re.Match[str]) -> str:
    """Return what a sign is about."""
    return next(filter(None, match.groups()[1:]), "")


def _folded(text: str) -> Phrase:
    """Return the folded words of a text, found as an index finds them."""
    return tuple(word.folded for word in words(text))
