"""A network for queries, and the exact vectors of phrases beside it.

- A short query that is a phrase of the table has the vector of the table, and the network does not run.
- Any other query may have phrases in it: "oil prices in Libya". The sum of their vectors is added to the network's.
- A short query may be a misspelt phrase. Of the phrases that one typing error turns into it, the one that is nearest to
  the query is taken for what was meant, and added. If none is near, the query stands for itself.

The weights were measured with the default model (docs/decisions/ 8).
"""

from collections.abc import Sequence

import numpy as np

from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder, unit
from indexer.snapshot.text.corrections import corrections
from indexer.snapshot.text.phrase_key import folded_phrase
from indexer.snapshot.text.query_length import SHORT_WORDS, is_short

PARTS_WEIGHT = 0.2
"""Weight of the phrases in a query, beside the vector of the query."""

MEANT_WEIGHT = 2.0
"""Weight of the phrase that a misspelt query stands for, beside the vector of the query."""

MIN_MEANT_COSINE = 0.2
"""Least cosine between a misspelt query and the phrase that it stands for."""

_MIN_LETTERS = 3
"""Shorter words say nothing as a part of a query."""


class EncoderWithPhrases:
    """A query encoder that joins the vectors of `encoder` and of a table of phrases; safe to call from many threads."""

    def __init__(self, encoder: QueryEncoder, phrases: PhraseTable) -> None:
        self._encoder = encoder
        self._phrases = phrases

    @property
    def spec(self) -> EncoderSpec:
        """Identity of the encoder."""
        return self._encoder.spec

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        vectors = np.empty((len(texts), self.spec.dim), dtype=np.float32)
        for number, text in enumerate(texts):
            vectors[number] = self._encode(text)
        return vectors

    def _encode(self, text: str) -> FloatArray:
        folded, short = folded_phrase(text), is_short(text)
        words = folded.split()
        spans = _spans(words)
        whole, *rows = self._phrases.rows_of([folded, *(" ".join(words[start:stop]) for start, stop in spans)])
        if short and whole is not None:
            known: FloatArray = self._phrases.vectors_at([whole])[0]
            return known
        vector = self._encoder.encode_queries([text])[0]
        parts = _parts(spans, rows)
        if parts:
            meanings = unit(self._phrases.vectors_at(parts).sum(axis=0))
            vector = unit(vector + np.float32(PARTS_WEIGHT) * meanings)
        return self._with_meant(folded, vector) if short else vector

    def _with_meant(self, folded: str, vector: FloatArray) -> FloatArray:
        """Add the phrase that a misspelt query stands for, if there is one."""
        rows = sorted({row for row in self._phrases.rows_of(corrections(folded)) if row is not None})
        if not rows:
            return vector
        candidates = self._phrases.vectors_at(rows)
        cosines = candidates @ vector
        nearest = int(np.argmax(cosines))
        if cosines[nearest] < MIN_MEANT_COSINE:
            return vector
        return unit(vector + np.float32(MEANT_WEIGHT) * candidates[nearest])


def _parts(spans: Sequence[tuple[int, int]], rows: Sequence[int | None]) -> list[int]:
    """Return the rows of the phrases in a query: from left to right, each time the longest one."""
    parts, end = [], 0
    for (start, stop), row in zip(spans, rows, strict=True):
        if row is not None and start >= end:
            parts.append(row)
            end = stop
    return parts


def _spans(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where phrases may begin and end in the words of a query: from left to right, the longest ones first."""
    return [
        (start, start + length)
        for start in range(len(words))
        for length in range(min(SHORT_WORDS, len(words) - start), 0, -1)
        if length > 1 or len(words[start]) >= _MIN_LETTERS
    ]
