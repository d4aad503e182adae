"""Stage 1: from a target to a vector in the neutral space."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import ArticleNotFound
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.opening import beginning, opening
from indexer.snapshot.search.query import ArticleTarget, Target, TextTarget
from indexer.snapshot.text.language import detect_query_language
from indexer.snapshot.text.query_length import QueryLength, query_length

EncodeText = Callable[[str], FloatArray]
"""The text of a query to its raw vector, shape (dim,), float32, unit norm."""


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query in the neutral space: `vector`, shape (dim,), float32, unit norm.

    `language` is that of the query, "und" where it is unknown; `length` is that of its text. `text` is what people read
    as the query: its text, or of an article or a long text the title or the beginning.
    """

    language: str
    vector: FloatArray
    length: QueryLength
    text: str = ""


def understand(snapshot: Snapshot, target: Target, encode: EncodeText | None = None) -> QueryVector:
    """Return the neutral vector of a target; `encode` is by default that of the snapshot's encoder.

    Raises:
        ArticleNotFound: the target is an article that the version does not have, or that is taken down.
    """
    encode = encode or partial(encode_text, snapshot)
    if isinstance(target, ArticleTarget):
        return _of_article(snapshot, target, encode)
    language = target.language or detect_query_language(target.text)
    if isinstance(target, TextTarget):
        return _of_text(snapshot, target.text, language, encode)
    return replace(_of_text(snapshot, opening(target.text), language, encode), text=beginning(target.text))


def encode_text(snapshot: Snapshot, text: str) -> FloatArray:
    """Return the raw vector of a query's text, shape (dim,), float32, unit norm."""
    vector: FloatArray = snapshot.encoder.encode_queries([text])[0]
    return vector


def _of_article(snapshot: Snapshot, target: ArticleTarget, encode: EncodeText) -> QueryVector:
    stored = snapshot.article(target.article_id)
    if stored is None:
        raise ArticleNotFound(f"no article {target.article_id!r} in this index")
    article, text = stored.article, "\n".join(paragraph.text for paragraph in stored.paragraphs)
    understood = _of_text(snapshot, opening(text, article.title), target.language or article.language, encode)
    return replace(understood, text=article.title or beginning(text))


def _of_text(snapshot: Snapshot, text: str, language: str, encode: EncodeText) -> QueryVector:
    length = query_length(text)
    return QueryVector(language, snapshot.neutral.queries(encode(text), language, length), length, text)
