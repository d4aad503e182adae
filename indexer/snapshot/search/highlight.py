"""The sentence of a hit's paragraph that matches the query best.

Each sentence of the paragraph is encoded as a query, and compared with the query: both are short texts in the same
role, and the languages may differ. Words in common would not do, because a query and an answer in two languages have
none, and names alone would miss much. It costs as much as a search for each sentence, so hits have it on request only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from indexer.snapshot.content.article import Paragraph
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import QueryVector
from indexer.snapshot.text.query_length import query_length
from indexer.snapshot.text.sentences import sentence_spans

MAX_SENTENCES = 24
"""Sentences of one paragraph that are compared; a list of a hundred lines would cost a hundred searches."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A part of a paragraph's text, from `start` up to `end`, and why it is shown."""

    start: Annotated[int, Field(description="Its first character, counted in Unicode code points from 0.")]
    end: Annotated[int, Field(description="The character after its last one.")]
    kind: Annotated[Literal["sentence"], Field(description="sentence: the one that matches the query best.")]


def best_sentences(
    snapshot: Snapshot, paragraphs: Sequence[Paragraph], query: QueryVector
) -> list[tuple[Highlight, ...]]:
    """Return the best sentence of each paragraph; none of a paragraph without text."""
    return [_best_sentence(snapshot, paragraph, query) for paragraph in paragraphs]


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
