"""The text that the encoder reads for a paragraph: its article's title and its section, then its own text.

A paragraph often does not say what it is about ("the text holds no defence clause"), but the title
does. With the title, questions and keyword queries find more; a query that is a translation of the
paragraph finds less (docs/relevance.md has the figures).
"""

from dataclasses import dataclass
from enum import StrEnum

from indexer.articles.split import ParagraphLimit, TokenCounter
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.errors import ModelError
from indexer.snapshot.text.normalisation import for_encoder

MIN_PASSAGE_TOKENS = 32
"""Models that read fewer tokens of a passage are refused."""


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """The most tokens of each part of a passage: a quarter of all is for title and section."""

    title: int
    section: int
    text: int

    @classmethod
    def divide(cls, passage_tokens: int) -> "TokenBudget":
        """Divide the tokens that an encoder reads of a passage.

        Raises:
            ModelError: there are fewer than 32 of them.
        """
        if passage_tokens < MIN_PASSAGE_TOKENS:
            raise ModelError(f"the model reads {passage_tokens} tokens of a passage only; use another one")
        title, section = passage_tokens * 3 // 16, passage_tokens // 16
        return cls(title, section, passage_tokens - title - section)


class Context(StrEnum):
    """What the encoder reads before the text of each paragraph."""

    TITLE_AND_SECTION = "title+section"
    TITLE = "title"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class EncoderDescription:
    """What a build knows of the encoder of passages without loading its model.

    `count_tokens` counts tokens without prompt and special tokens. `device` is "cpu" or "cuda",
    `precision` "fp32" or "bf16".
    """

    spec: EncoderSpec
    budget: TokenBudget
    count_tokens: TokenCounter
    device: str
    precision: str

    @property
    def paragraph_limit(self) -> ParagraphLimit:
        """The longest text of a paragraph."""
        return ParagraphLimit(self.budget.text, self.count_tokens)

    def passage_text(self, passage: Passage, context: Context) -> str:
        """Return title, section and text, each on its own line; title and section are cut to their budgets."""
        title = section = None
        if context is not Context.NONE:
            title = _cut(passage.title, self.budget.title, self.count_tokens)
        if context is Context.TITLE_AND_SECTION:
            section = _cut(passage.section, self.budget.section, self.count_tokens)
        return "\n".join(text for text in (title, section, passage.text) if text)


def passage_budget(spec: EncoderSpec, n_special_tokens: int, count_tokens: TokenCounter) -> TokenBudget:
    """Return the budget beside prompt and special tokens; raises as `TokenBudget.divide` does."""
    return TokenBudget.divide(spec.max_tokens - n_special_tokens - count_tokens(spec.passage_prompt))


def _cut(text: str | None, max_tokens: int, count_tokens: TokenCounter) -> str | None:
    """Return the first words of `text` that fit into `max_tokens`."""
    # Each token holds at least one byte of the normalised text, so short texts need no counting.
    if not text or len(for_encoder(text).encode()) < max_tokens:
        return text
    words = text.split()
    while words and count_tokens(" ".join(words)) > max_tokens:
        words.pop()
    return " ".join(words)
