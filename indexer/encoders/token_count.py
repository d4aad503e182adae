"""Counting tokens, which splitting does many times for every paragraph of a corpus.

Most tokenizers treat each word on its own. With those, a text has as many tokens as its words have
together. Words repeat, so looking their counts up is a hundred times as fast as tokenising.
"""

from tokenizers import Tokenizer

from indexer.articles.split import TokenCounter
from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.snapshot.text.normalisation import for_encoder

_MAX_WORDS = 2**19
_WORD_START = "▁"
"""What SentencePiece puts in place of the space before a word."""


def token_counter(tokenizer: Tokenizer) -> TokenCounter:
    """Return a function that counts the tokens of a text in normalised form, without prompt and special tokens.

    Truncation and padding of `tokenizer` are switched off, and nothing else may use it afterwards: a
    model that encodes with it would switch truncation on in every call.

    Words are counted one by one if this gives the same numbers as whole texts, on the built-in queries
    of both languages, one by one and all together. The fastest way is for SentencePiece tokenizers,
    which most multilingual encoders have: a normalised word goes directly to the SentencePiece model,
    without the tokenizer's own normalisation, which would not change it and takes four times as long.
    """
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count_text(text: str) -> int:
        return len(tokenizer.encode(for_encoder(text), add_special_tokens=False).ids)

    def count_pieces(word: str) -> int:
        return len(tokenizer.model.tokenize(_WORD_START + word))

    def count_word(word: str) -> int:
        return len(tokenizer.encode(word, add_special_tokens=False).ids)

    queries = [query for language in BANK_LANGUAGES for query in query_bank(language)]
    trials = [(text, count_text(text)) for text in [*queries, " ".join(queries)]]
    for count in (_count_by_words(count_pieces), _count_by_words(count_word)):
        if all(count(text) == n for text, n in trials):
            return count
    return count_text


def _count_by_words(count_word: TokenCounter) -> TokenCounter:
    counts = _WordCounts(count_word)
    return lambda text: sum(map(counts.__getitem__, for_encoder(text).split()))


class _WordCounts(dict[str, int]):
    """Token counts by word; a missing word is counted. This takes half the time of an LRU cache."""

    def __init__(self, count_word: TokenCounter) -> None:
        super().__init__()
        self._count_word = count_word

    def __missing__(self, word: str) -> int:
        if len(self) >= _MAX_WORDS:
            self.clear()
        count = self[word] = self._count_word(word)
        return count
