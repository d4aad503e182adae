"""Raw records: each query and paragraph, and which sentence was shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One highlight: a query of `n_words` words from sentence `right` of a paragraph in the query's language.

    `text_language` is that of the paragraph that is shown, `n_sentences` how many sentences it has. `encoder` is
    "static" where the static encoder compares them, "query" where the query encoder does. `shown` is the number of the
    sentence that was shown, `ms` the time that this took.
    """

    query_language: str
    text_language: str
    n_words: int
    n_sentences: int
    encoder: str
    right: int
    shown: int
    ms: float


@dataclass(frozen=True, slots=True)
class Records:
    """All highlights of one run."""

    cases: list[Case]
