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
        folded = [folded_phrase(text) for text in texts]
        rows = self._phrases.rows_of(folded)
        rows[[not is_short(text) for text in texts]] = -1
        known, unknown = np.flatnonzero(rows >= 0).tolist(), np.flatnonzero(rows < 0).tolist()
        vectors[known] = self._phrases.vectors_at(rows[known])
        if unknown:
            vectors[unknown] = self._encoder.encode_queries([texts[number] for number in unknown])
        for number in unknown:
            vectors[number] = self._with_parts(folded[number], vectors[number])
            if is_short(texts[number]):
                vectors[number] = self._with_meant(folded[number], vectors[number])
        return vectors

    def _with_parts(self, folded: str, vector: FloatArray) -> FloatArray:
        """Add the phrases in a query: from left to right, each time the longest one."""
        words = folded.split()
        spans = [
            (start, start + length)
            for start in range(len(words))
            for length in range(min(SHORT_WORDS, len(words) - start), 0, -1)
            if length > 1 or len(words[start]) >= _MIN_LETTERS
        ]
        parts, end = [], 0
        for (start, stop), row in zip(
            spans, self._phrases.rows_of([" ".join(words[start:stop]) for start, stop in spans]), strict=True
        ):
            if row >= 0 and start >= end:
                parts.append(row)
                end = stop
        if not parts:
            return vector
        return unit(vector + np.float32(PARTS_WEIGHT) * unit(self._phrases.vectors_at(parts).sum(axis=0)))

    def _with_meant(self, folded: str, vector: FloatArray) -> FloatArray:
        """Add the phrase that a misspelt query stands for, if there is one."""
        rows = self._phrases.rows_of(corrections(folded))
        candidates = self._phrases.vectors_at(np.unique(rows[rows >= 0]))
        if not len(candidates):
            return vector
        cosines = candidates @ vector
        nearest = int(np.argmax(cosines))
        if cosines[nearest] < MIN_MEANT_COSINE:
            return vector
        return unit(vector + np.float32(MEANT_WEIGHT) * candidates[nearest])
