"""Stage 1: from a target to a vector in the neutral space."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Target
from indexer.snapshot.text.language import detect_query_language
from indexer.snapshot.text.query_length import QueryLength, query_length

EncodeText = Callable[[str], FloatArray]
"""The text of a query to its raw vector, shape (dim,), float32, unit norm."""


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query in the neutral space: `vector`, shape (dim,), float32, unit norm.

    `language` is that of the query, "und" where it is unknown; `length` is that of its text.
    """

    language: str
    vector: FloatArray
    length: QueryLength


def understand(snapshot: Snapshot, target: Target, encode: EncodeText | None = None) -> QueryVector:
    """Return the neutral vector of a target; `encode` is by default that of the snapshot's encoder."""
    language = target.language or detect_query_language(target.text)
    raw = encode(target.text) if encode else encode_text(snapshot, target.text)
    length = query_length(target.text)
    return QueryVector(language, snapshot.neutral.queries(raw, language, length), length)


def encode_text(snapshot: Snapshot, text: str) -> FloatArray:
    """Return the raw vector of a query's text, shape (dim,), float32, unit norm."""
    vector: FloatArray = snapshot.encoder.encode_queries([text])[0]
    return vector
