"""Raw records: each query with its answers in the corpus and without them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One search: over the articles of `pool` ("en", "ar" or "both"), with the answers or without all on the subject.

    `is_right` says whether the first hit is an answer. `has_words` says whether a paragraph that may be found holds
    every word of the query, or of what it is in the other language: then the corpus is not without the subject.
    `margin` is that of `confidence_margin`, None where it is infinite: words decide, or nothing at all is found.
    """

    corpus: str
    query: str
    language: str
    is_short: bool
    pool: str
    has_answer: bool
    is_right: bool
    has_words: bool
    confident: bool
    margin: float | None


@dataclass(frozen=True, slots=True)
class Records:
    """All searches of one run."""

    cases: list[Case]
