"""Stage 1: from a target to a vector in the neutral space."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.opening import beginning, opening
from indexer.snapshot.search.query import ArticleTarget, LongTextTarget, Mode, Target
from indexer.snapshot.search.words import NO_EVIDENCE, WordEvidence, read_words
from indexer.snapshot.text.language import detect_query_language
from indexer.snapshot.text.query_length import QueryLength, query_length
from indexer.snapshot.text.query_syntax import read_query

EncodeText = Callable[[str], FloatArray]
"""The text of a query to its raw vector, shape (dim,), float32, unit norm."""


@dataclass(frozen=True, slots=True)
class QueryVector:
    """A query in the neutral space: `vector`, shape (dim,), float32, unit norm.

    `language` is that of the query, "und" where it is unknown; `length` is that of its text. `text` is what people read
    as the query: its text, or of an article or a long text the title or the beginning. `mode` is what finds paragraphs,
    and `evidence` what the words of the query say. `ignores_signs` says whether the query has quotes or exclusions that
    mean nothing: in running text, and in a version without a lexical index.
    """

    language: str
    vector: FloatArray
    length: QueryLength
    text: str = ""
    mode: Mode = Mode.SEMANTIC
    evidence: WordEvidence = NO_EVIDENCE
    ignores_signs: bool = False


def understand(
    snapshot: Snapshot, target: Target, encode: EncodeText | None = None, mode: Mode = Mode.HYBRID
) -> QueryVector:
    """Return a target in the neutral space, with what its words say in a `mode`.

    `encode` is by default that of the snapshot's encoder. Articles, long texts, and all targets in a version without a
    lexical index are compared by meaning, whatever the mode is.

    Raises:
        ArticleNotFound: the target is an article that the version does not have, or that is taken down.
        FormatMismatch: the mode needs a lexical index, and the version has none.
    """
    encode = encode or partial(encode_text, snapshot)
    if isinstance(target, ArticleTarget):
        return _of_article(snapshot, target, encode)
    if isinstance(target, LongTextTarget):
        language = target.language or detect_query_language(target.text)
        return replace(_of_text(snapshot, opening(target.text), language, encode), text=beginning(target.text))
    query = read_query(target.text)
    if snapshot.lexical is None:
        mode = _mode_without_words(snapshot, mode)
        query = query.without_signs(target.text) if query.has_signs else query
    understood = _of_text(snapshot, query.meant, target.language or detect_query_language(query.meant), encode)
    evidence = NO_EVIDENCE
    if snapshot.lexical is not None:
        in_other_languages = partial(_in_other_languages, snapshot, understood.language)
        evidence = read_words(snapshot.lexical, query, mode, in_other_languages)
    return replace(understood, text=target.text, mode=mode, evidence=evidence, ignores_signs=query.ignores_signs)


def _in_other_languages(snapshot: Snapshot, language: str) -> Mask | None:
    """Return which paragraphs are in another language than a query, shape (n_paragraphs,); None if that is unknown."""
    columns = snapshot.corpus.columns
    if language not in columns.languages:
        return None
    in_other: Mask = columns.paragraph_language != columns.languages.index(language)
    return in_other


def _mode_without_words(snapshot: Snapshot, mode: Mode) -> Mode:
    """Return the mode in which a version without a lexical index is searched."""
    if mode is Mode.EXACT:
        raise FormatMismatch(
            f"version {snapshot.manifest.version} has no lexical index, which the mode {mode.value} needs: rebuild it "
            "with `khabar index build`"
        )
    return Mode.SEMANTIC


def encode_text(snapshot: Snapshot, text: str) -> FloatArray:
    """Return the raw vector of a query's text, shape (dim,), float32, unit norm."""
    vector: FloatArray = snapshot.encoders.queries.encode_queries([text])[0]
    return vector


def _of_article(snapshot: Snapshot, target: ArticleTarget, encode: EncodeText) -> QueryVector:
    stored = snapshot.require_article(target.article_id)
    article, text = stored.article, "\n".join(paragraph.text for paragraph in stored.paragraphs)
    understood = _of_text(snapshot, opening(text, article.title), target.language or article.language, encode)
    return replace(understood, text=article.title or beginning(text))


def _of_text(snapshot: Snapshot, text: str, language: str, encode: EncodeText) -> QueryVector:
    length = query_length(text)
    return QueryVector(language, snapshot.neutral.queries(encode(text), language, length), length, text)
