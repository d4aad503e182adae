"""What matches in a hit's paragraph: the sentence that matches best, and the words of the query that stand in it.

Each sentence of the paragraph is compared with the query by meaning, because the languages may differ, and by the share
of the query's words that it holds. The static encoder of the store gives the meaning at little cost. A store without
one encodes each sentence as a query, which costs as much as a search for each.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from indexer.snapshot.content.article import Paragraph
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import QueryVector
from indexer.snapshot.search.words import highlighted_words
from indexer.snapshot.text.query_length import query_length
from indexer.snapshot.text.sentences import sentence_spans
from indexer.snapshot.text.word_forms import Forms
from indexer.snapshot.text.words import Word, words

MAX_SENTENCES = 24
"""Sentences of one paragraph that are compared; a list of a hundred lines would cost a hundred searches."""


WORDS_WEIGHT = 0.3
"""Weight of the words beside the cosine: in one language, they decide between sentences that are about as near."""


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
    query_words: Sequence[Forms] = ()
    if snapshot.lexical is not None and query.evidence.text is not None:
        query_words = highlighted_words(snapshot.lexical, query.evidence.text)
    forms = frozenset(chain(*query_words))
    shown = []
    for paragraph in paragraphs:
        terms = [word for word in words(paragraph.text) if word.folded in forms] if forms else []
        sentence = _best_sentence(snapshot, paragraph, query, query_words, terms)
        shown.append((*sentence, *(Highlight(term.start, term.end, "term") for term in terms)))
    return shown


def _best_sentence(
    snapshot: Snapshot, paragraph: Paragraph, query: QueryVector, query_words: Sequence[Forms], terms: Sequence[Word]
) -> tuple[Highlight, ...]:
    spans = sentence_spans(paragraph.text)[:MAX_SENTENCES]
    if len(spans) > 1:
        texts = [paragraph.text[start:end] for start, end in spans]
        shares = [_share_held(query_words, terms, span) for span in spans]
        scores = _cosines(snapshot, texts, paragraph.language, query) + WORDS_WEIGHT * np.array(shares)
        spans = [spans[int(np.argmax(scores))]]
    return tuple(Highlight(start, end, "sentence") for start, end in spans)


def _cosines(snapshot: Snapshot, texts: Sequence[str], language: str, query: QueryVector) -> FloatArray:
    """Return how near the meaning of each sentence is to the query, shape (n_texts,), float32."""
    if snapshot.encoders.sentences is not None:
        return snapshot.encoders.sentences.cosines(texts, query.vector)
    vectors = [
        snapshot.neutral.queries(raw, language, query_length(text))
        for raw, text in zip(snapshot.encoders.queries.encode_queries(texts), texts, strict=True)
    ]
    cosines: FloatArray = np.stack(vectors) @ query.vector
    return cosines


def _share_held(query_words: Collection[Forms], terms: Sequence[Word], span: tuple[int, int]) -> float:
    """Return the share of the query's words that stand in a sentence; `terms` are those of its paragraph."""
    held = {term.folded for term in terms if span[0] <= term.start < span[1]}
    return sum(not held.isdisjoint(forms) for forms in query_words) / max(len(query_words), 1)
