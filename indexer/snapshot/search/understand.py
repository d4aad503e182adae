"""Stage 1: from a target to a vector in the neutral space."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.scores.neutral_space import NeutralSpace
from indexer.snapshot.search.query import Target
from indexer.snapshot.text.language import detect_query_language

EncodeText = Callable[[str], FloatArray]
"""The text of a query to its raw vector, shape (dim,), float32, unit norm."""


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query in the neutral space: `vector`, shape (dim,), float32, unit norm.

    `language` is that of the query, "und" where it is unknown.
    """

    language: str
    vector: FloatArray


def understand(target: Target, space: NeutralSpace, encode: EncodeText) -> QueryVector:
    """Return the neutral vector of a target."""
    language = target.language or detect_query_language(target.text)
    return QueryVector(language, space.queries(encode(target.text), language))
