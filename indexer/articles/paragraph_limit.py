"""How long a paragraph may be for an encoder: all that splitting has to know of one."""

from dataclasses import dataclass

from indexer.articles.split import TokenCounter


@dataclass(frozen=True, slots=True)
class ParagraphLimit:
    """A paragraph has at most `max_tokens` tokens, as `count_tokens` counts them."""

    max_tokens: int
    count_tokens: TokenCounter
