"""What matches in a hit's paragraph: the sentence that matches best, and the words of the query that stand in it.

Each sentence of the paragraph is encoded as a query, and compared with the query: both are short texts in the same
role, and the languages may differ. Words in common would not do, because a query and an answer in two languages have
none, and names alone would miss much. It costs as much as a search for each sentence, so hits have it on request only.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from indexer.snapshot.content.article import Paragraph
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import QueryVector
from indexer.snapshot.text.query_length import query_length
from indexer.snapshot.text.sentences import sentence_spans
from indexer.snapshot.text.words import words

MAX_SENTENCES = 24
"""Sentences of one paragraph that are compared; a list of a hundred lines would cost a hundred searches."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A part of a paragraph's text, from `start` up to `end`, and why it is shown."""

    start: Annotated[int, Field(description="Its first character, counted in Unicode code points from 0.")]
    end: Annotated[int, Field(description="The character after its last one.")]
    kind: Annotated[
        Literal["sentence", "term"],
        Field(description="sentence: the one that matches the query best; term: a word of the query."),
    ]


def highlights(snapshot: Snapshot, paragraphs: Sequence[Paragraph], query: QueryVector) -> list[tuple[Highlight, ...]]:
    """Return the best sentence of each paragraph, and then the words of the query in it, in order."""
    return [(*_best_sentence(snapshot, each, query), *_terms(each.text, query.evidence.forms)) for each in paragraphs]


def _terms(text: str, forms: Collection[str]) -> Iterator[Highlight]:
    """Yield the words of a text that are forms of words of the query."""
    for word in words(text) if forms else ():
        if word.folded in forms:
            yield Highlight(word.start, word.end, "term")


def _best_sentence(snapshot: Snapshot, paragraph: Paragraph, query: QueryVector) -> tuple[Highlight, ...]:
    spans = sentence_spans(paragraph.text)[:MAX_SENTENCES]
    if len(spans) > 1:
        texts = [paragraph.text[start:end] for start, end in spans]
        vectors = [
            snapshot.neutral.queries(raw, paragraph.language, query_length(text))
            for raw, text in zip(snapshot.encoder.encode_queries(texts), texts, strict=True)
        ]
        spans = [spans[int(np.argmax(np.stack(vectors) @ query.vector))]]
    return tuple(Highlight(start, end, "sentence") for start, end in spans)
