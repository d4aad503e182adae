"""Short queries: names, places and terms, which encoders read differently from phrases and sentences."""

SHORT_WORDS = 3
"""A query of so many words is a name, a place or a term; a longer one is a phrase or a sentence."""


def is_short(query: str) -> bool:
    """Return whether a query is a name, a place or a term, not a phrase or a sentence."""
    return len(query.split(maxsplit=SHORT_WORDS)) <= SHORT_WORDS
