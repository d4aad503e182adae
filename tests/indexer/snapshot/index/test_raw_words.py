"""Words of many texts at once, against the words of one text after the other."""

from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.index.raw_words import raw_words_of, text_of
from indexer.snapshot.text.words import raw_words

# Letters and digits of several scripts, signs that stand inside words, and what stands between words.
_CHARS = "aZ9_éكـَ\u200f\u0301ﷺ字𝐀 \n\t.,-؟،\u200b😀"


def words_by_text(texts: list[str]) -> list[list[str]]:
    raw = raw_words_of(texts)
    found = [text_of(raw.distinct[number]) for number in raw.numbers.tolist()]
    return [found[begin:end] for begin, end in zip(raw.borders[:-1], raw.borders[1:], strict=True)]


@given(st.lists(st.text(st.sampled_from(_CHARS)) | st.text()))
def test_each_text_has_the_words_that_reading_it_alone_gives(texts: list[str]) -> None:
    assert words_by_text(texts) == [raw_words(text) for text in texts]


def test_a_word_does_not_reach_into_the_next_text_and_is_distinct_once() -> None:
    raw = raw_words_of(["news", "news paper", "", "paper"])
    assert [text_of(word) for word in raw.distinct] == ["news", "paper"]
    assert raw.numbers.tolist() == [0, 0, 1, 1]
    assert raw.borders.tolist() == [0, 1, 3, 3, 4]


def test_a_lone_surrogate_stands_in_no_word() -> None:
    assert words_by_text(["a\ud800b"]) == [["a", "b"]]
