"""How long a query is: names, questions and whole sentences are encoded and centred differently."""

from enum import StrEnum

SHORT_WORDS = 3
"""Most words of a query that is a name, a place or a term."""

MEDIUM_WORDS = 12
"""Most words of a question, of keywords or of a headline; a longer query is a sentence of running text."""


class QueryLength(StrEnum):
    """A name, place or term; a question, headline or keywords; a sentence of running text."""

    SHORT = "short"
    MEDIUM = "medium"
    SENTENCE = "sentence"


def query_length(query: str) -> QueryLength:
    """Return how long a query is."""
    n_words = len(query.split(maxsplit=MEDIUM_WORDS))
    if n_words <= SHORT_WORDS:
        return QueryLength.SHORT
    return QueryLength.MEDIUM if n_words <= MEDIUM_WORDS else QueryLength.SENTENCE


def is_short(query: str) -> bool:
    """Return whether a query has at most `SHORT_WORDS` words."""
    return query_length(query) is QueryLength.SHORT
