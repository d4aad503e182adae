"""BM25 on numbers worked out by hand."""

from math import log

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.index import bm25
from indexer.snapshot.index.bm25 import K1, B, find_matches, telling_words
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask


def index_of(documents: list[str]) -> LexicalIndex:
    writer = LexicalIndexWriter()
    for text in documents:
        writer.add(None, text)
    return writer.finish()


def strengths(documents: list[str], *words: tuple[str, ...]) -> dict[int, float]:
    index = index_of(documents)
    found = find_matches(index, telling_words(index, words)).of(np.arange(len(documents)))
    return {row: strength for row, strength in enumerate(found.tolist()) if strength > 0}


def test_strength_is_the_share_of_the_greatest_value() -> None:
    # Both documents have the mean length, so a count of 1 weighs 1 / (1 + K1) of the greatest value.
    found = strengths(["oil price", "gas price"], ("oil",))
    assert found == {0: pytest.approx(1 / (1 + K1))}
    assert strengths(["oil oil", "gas gas"], ("oil",)) == {0: pytest.approx(2 / (2 + K1))}


def test_short_paragraphs_match_better_than_long_ones() -> None:
    found = strengths(["oil", "oil a b c d e f"], ("oil",))
    assert found[0] == pytest.approx(1 / (1 + K1 * (1 - B + B / 4)))
    assert found[1] == pytest.approx(1 / (1 + K1 * (1 - B + B * 7 / 4)))


def test_rare_words_weigh_more_and_unknown_words_weaken_all_matches() -> None:
    documents = ["oil strike", "oil price", "oil import", "gas strike"]
    rare, frequent = log(1 + 2.5 / 2.5), log(1 + 1.5 / 3.5)
    found = strengths(documents, ("oil",), ("strike",))
    assert found[3] == pytest.approx(rare / (rare + frequent) / (1 + K1))
    assert found[1] == pytest.approx(frequent / (rare + frequent) / (1 + K1))
    assert found[0] == pytest.approx(1 / (1 + K1))
    unknown = log(1 + 4.5 / 0.5)
    assert strengths(documents, ("strike",), ("tsunami",))[3] == pytest.approx(rare / (rare + unknown) / (1 + K1))


def test_forms_count_as_one_word_and_a_repeated_word_once() -> None:
    assert strengths(["oil oils", "gas gas"], ("oil", "oils")) == {0: pytest.approx(2 / (2 + K1))}
    assert strengths(["oil price", "gas price"], ("oil",), ("oil",)) == {0: pytest.approx(1 / (1 + K1))}


def test_common_words_count_only_if_there_are_no_others() -> None:
    documents = ["the oil", *["the gas"] * 60, *["a strike"] * 40]
    assert set(strengths(documents, ("the",), ("oil",))) == {0}
    assert len(strengths(documents, ("the",))) == 61


def test_nothing_matches_no_words() -> None:
    assert strengths(["oil"], ("gas",)) == strengths(["oil"]) == strengths([], ("oil",)) == {}


def test_strengths_of_chosen_rows() -> None:
    writer = LexicalIndexWriter()
    for text in ("oil price", "gas price", "oil strike"):
        writer.add(None, text)
    index = writer.finish()
    matches = find_matches(index, index.look_up([("oil",)]))
    assert (matches.of(np.array([2, 1, 0])) > 0).tolist() == [True, False, True]
    assert find_matches(index, index.look_up([("none",)])).of(np.array([0])).tolist() == [0.0]


def test_complete_matches_hold_every_word() -> None:
    index = index_of(["oil price", "price", "oil in barrels at a price", "gas"])
    matches = find_matches(index, index.look_up([("oil",), ("price", "prices")]))
    assert matches.are_complete(np.array([0, 1, 2, 3])).tolist() == [True, False, True, False]
    assert not len(find_matches(index, index.look_up([("oil",), ("gold",)])).complete)
    assert not len(find_matches(index, []).complete)


def test_common_words_alone_complete_nothing() -> None:
    index = index_of(["the oil", *["the"] * 60])
    assert not len(find_matches(index, index.look_up([("the",)])).complete)
    assert find_matches(index, index.look_up([("the",), ("oil",)])).complete.tolist() == [0]


def test_only_what_passes_matches_and_words_keep_their_weight() -> None:
    index = index_of(["oil price", "oil strike", "oil", "gas"])
    words = index.look_up([("oil",), ("price",)])
    passing = np.array([True, True, False, True])
    rows = np.arange(4)
    everywhere, where_it_may = find_matches(index, words).of(rows), find_matches(index, words, passing).of(rows)
    assert where_it_may.tolist() == [everywhere[0], everywhere[1], 0.0, 0.0]


def test_of_equally_strong_matches_the_first_are_taken() -> None:
    matches = find_matches(index := index_of(["oil"] * 5 + ["oil price"] + ["gas"] * 60), index.look_up([("oil",)]))
    assert matches.strongest(3, lambda rows: rows != 1).tolist() == [0, 2, 3]
    assert matches.strongest(9, lambda rows: rows != 1).tolist() == [0, 2, 3, 4, 5]


@given(
    texts=st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9), min_size=1, max_size=50),
    words=st.lists(st.sampled_from("abcdefgh"), max_size=5, unique=True),
    n=st.integers(1, 8),
    residue=st.integers(0, 3),
)
@pytest.mark.parametrize("few", [0, 1_000_000])
def test_choosing_the_strongest_finds_what_sorting_all_of_them_does(
    few: int, texts: list[list[str]], words: list[str], n: int, residue: int
) -> None:
    index = index_of([" ".join(text) for text in texts])
    rows = np.arange(len(texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bm25, "_FEW", few)
        matches = find_matches(index, index.look_up((word,) for word in words))
        found = matches.strongest(n, lambda some: some % 4 != residue)
        strengths = matches.of(rows).round(SCORE_DECIMALS)
    by_strength = [row for row in np.lexsort((rows, -strengths)).tolist() if strengths[row] > 0 and row % 4 != residue]
    assert found.tolist() == sorted(by_strength[:n])
    assert strengths == pytest.approx(bm25_by_hand(texts, words), abs=2e-6)
    holding_all = [row for row, text in enumerate(texts) if words and set(words) <= set(text)]
    assert matches.complete.tolist() == holding_all


def bm25_by_hand(texts: list[list[str]], words: list[str]) -> list[float]:
    """Return the strength of each text, paragraph by paragraph and word by word."""
    mean = sum(map(len, texts)) / len(texts)
    holding = {word: sum(word in text for text in texts) for word in words}
    idf = {word: log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in holding.items()}
    greatest = sum(idf.values()) * (K1 + 1)

    def strength(text: list[str]) -> float:
        counts = {word: text.count(word) for word in words}
        parts = [n / (n + K1 * (1 - B + B * len(text) / mean)) * idf[word] * (K1 + 1) for word, n in counts.items()]
        return sum(parts) / greatest if words else 0.0

    return [strength(text) for text in texts]


def test_common_words_are_not_read_once_no_further_paragraph_can_be_among_the_strongest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rare word that stands three times is more than a common one can add, so only the rare one is read whole."""
    monkeypatch.setattr(bm25, "_FEW", 0)
    index = index_of(["rare rare rare"] * 4 + ["common x y"] * 96)
    asked: list[int] = []

    def kept(rows: npt.NDArray[np.int32]) -> Mask:
        asked.append(len(rows))
        return np.ones(len(rows), dtype=np.bool_)

    matches = find_matches(index, index.look_up([("common",), ("rare",)]))
    assert matches.strongest(4, kept).tolist() == [0, 1, 2, 3]
    assert asked == [4]
    asked.clear()
    assert len(matches.strongest(5, kept)) == 5
    assert asked == [4, 96]
