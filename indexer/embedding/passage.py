"""What the encoder reads for a paragraph: its article's title and its section, then its text.

A paragraph often leaves unsaid what it is about ("the text holds no defence clause"), the title
says it: questions and keyword queries find more with it, paragraphs asked for by a translation of
themselves less (docs/relevance.md has the figures).
"""

from dataclasses import dataclass
from enum import StrEnum

from indexer.articles.split import TokenCounter
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.errors import ModelError
from indexer.snapshot.text.normalisation import for_encoder

MIN_PASSAGE_TOKENS = 32
"""Least room for a passage that makes sense; models that read less are refused."""


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens set aside for the parts of a passage: a quarter of all for title and section."""

    title: int
    section: int
    text: int

    @classmethod
    def of(cls, passage_tokens: int) -> "Room":
        """Divide the tokens that an encoder has for a passage.

        Raises:
            ModelError: there are under 32 of them.
        """
        if passage_tokens < MIN_PASSAGE_TOKENS:
            raise ModelError(f"the model reads {passage_tokens} tokens of a passage only; use another one")
        title, section = passage_tokens * 3 // 16, passage_tokens // 16
        return cls(title, section, passage_tokens - title - section)


def passage_room(spec: EncoderSpec, n_special_tokens: int, count_tokens: TokenCounter) -> Room:
    """Return the room that an encoder has beside its prompt and special tokens; raises as `Room.of` does."""
    return Room.of(spec.max_tokens - n_special_tokens - count_tokens(spec.passage_prompt))


class Context(StrEnum):
    """What is read before each paragraph."""

    TITLE_AND_SECTION = "title+section"
    TITLE = "title"
    NONE = "none"


def passage_text(passage: Passage, count_tokens: TokenCounter, room: Room, context: Context) -> str:
    """Return title, section and text on lines of their own, the first two cut to their room."""
    title = None if context is Context.NONE else _trimmed(passage.title, room.title, count_tokens)
    section = _trimmed(passage.section, room.section, count_tokens) if context is Context.TITLE_AND_SECTION else None
    return "\n".join(part for part in (title, section, passage.text) if part)


def _trimmed(text: str | None, max_tokens: int, count_tokens: TokenCounter) -> str | None:
    """Return the first words of `text` that fit into `max_tokens`."""
    # A token holds one byte at least of what the encoder reads, so short texts need no counting.
    if not text or len(for_encoder(text).encode()) < max_tokens:
        return text
    words = text.split()
    while words and count_tokens(" ".join(words)) > max_tokens:
        words.pop()
    return " ".join(words)
