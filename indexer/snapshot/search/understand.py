"""Stage 1: from a target to a vector in the neutral space."""

from collections.abc import Callable
from dataclasses import dataclass

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Mode, Target
from indexer.snapshot.search.words import NO_EVIDENCE, WordEvidence, read_words
from indexer.snapshot.text.language import detect_query_language
from indexer.snapshot.text.query_length import QueryLength, query_length
from indexer.snapshot.text.query_syntax import QueryText, read_query

EncodeText = Callable[[str], FloatArray]
"""The text of a query to its raw vector, shape (dim,), float32, unit norm."""


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query in the neutral space: `vector`, shape (dim,), float32, unit norm.

    `language` is that of the query, "und" where it is unknown; `length` is that of its text. `evidence` is what the
    words of the query say.
    """

    language: str
    vector: FloatArray
    length: QueryLength
    evidence: WordEvidence = NO_EVIDENCE


def understand(
    snapshot: Snapshot, target: Target, encode: EncodeText | None = None, mode: Mode = Mode.HYBRID
) -> QueryVector:
    """Return a target in the neutral space, with what its words say in a `mode`.

    `encode` is by default that of the snapshot's encoder.

    Raises:
        FormatMismatch: the target or the mode needs a lexical index, and the version has none.
    """
    text = read_query(target.text)
    language = target.language or detect_query_language(text.meant)
    raw = encode(text.meant) if encode else encode_text(snapshot, text.meant)
    length = query_length(text.meant)
    evidence = _evidence(snapshot, text, mode)
    return QueryVector(language, snapshot.neutral.queries(raw, language, length), length, evidence)


def _evidence(snapshot: Snapshot, text: QueryText, mode: Mode) -> WordEvidence:
    if snapshot.lexical is not None:
        return read_words(snapshot.lexical, text, mode)
    if text.phrases or text.excluded or mode is Mode.EXACT:
        raise FormatMismatch(
            f"version {snapshot.manifest.version} has no lexical index, which quotes, exclusions and the mode "
            f"{Mode.EXACT.value} need: rebuild it with `khabar index build`"
        )
    return NO_EVIDENCE


def encode_text(snapshot: Snapshot, text: str) -> FloatArray:
    """Return the raw vector of a query's text, shape (dim,), float32, unit norm."""
    vector: FloatArray = snapshot.encoder.encode_queries([text])[0]
    return vector
