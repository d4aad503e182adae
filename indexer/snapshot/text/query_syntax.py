"""What people write into a query besides words: "a phrase" in quotes, and -word for what must not occur."""

import re
from dataclasses import dataclass

from indexer.snapshot.text.query_length import QueryLength, query_length
from indexer.snapshot.text.words import folded_words

# Only the straight sign: headlines that are pasted into a search have names in “ ” and « ».
_IN_QUOTES = '"([^"]*)"'

# A dash with nothing before it excludes the word or quotes behind it: "pre-war" and "Moscow - Tehran" exclude nothing.
_SIGNS = re.compile(rf"(?<!\S)(-)(?:{_IN_QUOTES}|(\w\S*))|{_IN_QUOTES}")

Phrase = tuple[str, ...]
"""Folded words that stand one after the other."""


@dataclass(frozen=True, slots=True)
class QueryText:
    """A query as it is read: what it is about, and what must and must not occur.

    `meant` is the text without signs and without what is excluded. `words` are all its words, folded. `phrases` are
    those in quotes, `excluded` the words and phrases behind a dash.
    """

    meant: str
    words: tuple[str, ...]
    phrases: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()


def read_query(text: str) -> QueryText:
    """Read a query; a quotation mark without its partner is a sign like any other.

    A query of more than `query_length.MEDIUM_WORDS` words is running text that somebody has pasted. Its quotation marks
    and dashes are not instructions: a quotation is hardly ever found a second time, and never in another language.
    """
    if query_length(text) is QueryLength.SENTENCE:
        meant = " ".join(text.split())
        return QueryText(meant, tuple(folded_words(meant)))
    phrases: list[Phrase] = []
    excluded: list[Phrase] = []

    def take(match: re.Match[str]) -> str:
        dash, *contents = match.groups()
        content = next(filter(None, contents), "")
        (excluded if dash else phrases).append(tuple(folded_words(content)))
        return " " if dash else f" {content} "

    meant = " ".join(_SIGNS.sub(take, text).split())
    return QueryText(meant, tuple(folded_words(meant)), tuple(filter(None, phrases)), tuple(filter(None, excluded)))
