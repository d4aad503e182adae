"""Counts by words are taken only from tokenizers for which they are the counts of whole texts."""

from collections.abc import Callable

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from indexer.encoders.token_count import token_counter

TEXTS = ["", "one", "  two\n words ", "المحكمة العليا تنظر في الطعن ٢٠٢٥", "mixed نص with 12,5 % and “quotes”"]


def by_word() -> Tokenizer:
    """One token for each character, words apart."""
    tokenizer = Tokenizer(models.BPE(unk_token="?", vocab={"?": 0}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def by_text() -> Tokenizer:
    """One token for each byte, spaces included, so that words alone count short."""
    alphabet = {letter: place for place, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("make", [by_word, by_text])
def test_count_is_that_of_the_whole_text(make: Callable[[], Tokenizer], text: str) -> None:
    tokenizer = make()
    whole = tokenizer.encode(" ".join(text.split()).translate(str.maketrans("٢٠٥", "205")), add_special_tokens=False)
    assert token_counter(tokenizer)(text) == len(whole.ids)


def test_spaces_count_where_the_tokenizer_reads_them() -> None:
    assert token_counter(by_text())("a b c") == 5
    assert token_counter(by_word())("a b c") == 3


@pytest.mark.parametrize("make", [by_word, by_text])
def test_long_texts_are_counted_whole_even_where_the_tokenizer_was_told_to_truncate(
    make: Callable[[], Tokenizer],
) -> None:
    tokenizer = make()
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    assert token_counter(tokenizer)("ab " * 100) == (200 if make is by_word else 299)
