"""Counting tokens, which splitting does many times over for every paragraph of a corpus.

Most tokenizers treat each word on its own. For those a text has as many tokens as its words have
together, and words repeat: looking their counts up is a hundred times as fast as tokenising.
"""

from collections.abc import Iterable
from functools import lru_cache

from tokenizers import Tokenizer

from indexer.query_texts import BANK_LANGUAGES, query_bank
from indexer.snapshot.text import for_encoder
from indexer.split import TokenCounter

_WORDS_KEPT = 2**18


def token_counter(tokenizer: Tokenizer) -> TokenCounter:
    """Return what counts the tokens of a text in folded form, without prompt and special tokens.

    The tokenizer is the counter's own from now on: one that a model encodes with is made to truncate
    by every call. Words are counted one by one where that gives what the tokenizer gives for whole
    texts: tried on the built-in queries of both languages, one by one and all together.
    """
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def of_text(text: str) -> int:
        return len(tokenizer.encode(for_encoder(text), add_special_tokens=False).ids)

    @lru_cache(_WORDS_KEPT)
    def of_word(word: str) -> int:
        return len(tokenizer.encode(word, add_special_tokens=False).ids)

    def of_words(text: str) -> int:
        return sum(map(of_word, for_encoder(text).split()))

    return of_words if all(of_text(text) == of_words(text) for text in _trials()) else of_text


def _trials() -> Iterable[str]:
    queries = [query for language in BANK_LANGUAGES for query in query_bank(language)]
    return [*queries, " ".join(queries)]
