"""How long a query is: encoders read names, phrases and whole sentences differently."""

from enum import StrEnum

SHORT_WORDS = 3
"""A query of so many words is a name, a place or a term; a longer one is a phrase, a question or a sentence."""

PHRASE_WORDS = 12
"""Most questions, keywords and headlines have so many words at most; a longer query is a sentence of running text."""


class QueryLength(StrEnum):
    """A name, place or term; a phrase, question or headline; a sentence of running text."""

    SHORT = "short"
    PHRASE = "phrase"
    SENTENCE = "sentence"


def query_length(query: str) -> QueryLength:
    """Return how long a query is."""
    n_words = len(query.split(maxsplit=PHRASE_WORDS))
    if n_words <= SHORT_WORDS:
        return QueryLength.SHORT
    return QueryLength.PHRASE if n_words <= PHRASE_WORDS else QueryLength.SENTENCE


def is_short(query: str) -> bool:
    """Return whether a query is a name, a place or a term, not a phrase or a sentence."""
    return query_length(query) is QueryLength.SHORT
