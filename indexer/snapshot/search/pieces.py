"""From a long text or an article to the pieces that are encoded as queries.

The query encoder is made for queries: headlines, questions and sentences. A long text is therefore a query for each of
its first sentences, and the queries are averaged. News says first what it is about, so the rest is not read.
"""

from indexer.snapshot.text.normalisation import for_query_encoder
from indexer.snapshot.text.sentences import sentence_spans

MAX_PIECES = 8
"""Sentences that are encoded, besides a title."""

MAX_PIECE_CHARS = 400
"""Where a sentence is cut, between words: longer ones are lists or have no full stops."""

_SHOWN_CHARS = 120
_READ_CHARS = 4 * MAX_PIECES * MAX_PIECE_CHARS


def pieces_of(text: str, title: str | None = None) -> list[str]:
    """Return the title and the first sentences of a text, at least one piece."""
    text = text[:_READ_CHARS]
    sentences = (_cut(text[start:end], MAX_PIECE_CHARS) for start, end in sentence_spans(text))
    pieces = [sentence for sentence in sentences if for_query_encoder(sentence)][:MAX_PIECES]
    return [title, *pieces] if title and for_query_encoder(title) else pieces or [text]


def beginning(text: str) -> str:
    """Return the beginning of a text on one line, for people to recognise it."""
    line = " ".join(text[: 2 * _SHOWN_CHARS].split())
    return line if len(line) <= _SHOWN_CHARS else _cut(line, _SHOWN_CHARS) + " …"


def _cut(text: str, n_chars: int) -> str:
    """Return the first characters of a text, cut between words where it has any."""
    if len(text) <= n_chars:
        return text
    head, space, _ = text[: n_chars + 1].rpartition(" ")
    return head if space and head else text[:n_chars]
