"""BM25 on numbers worked out by hand."""

from math import log

import numpy as np
import pytest

from indexer.snapshot.index.bm25 import K1, B, find_matches, telling_words
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter


def index_of(documents: list[str]) -> LexicalIndex:
    writer = LexicalIndexWriter()
    for text in documents:
        writer.add(None, text)
    return writer.finish()


def strengths(documents: list[str], *words: tuple[str, ...]) -> dict[int, float]:
    index = index_of(documents)
    matches = find_matches(index, telling_words(index, words))
    return dict(zip(matches.rows.tolist(), matches.strengths.tolist(), strict=True))


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
    assert not find_matches(index, index.look_up([("oil",), ("gold",)])).complete.any()
    assert not find_matches(index, []).complete.any()


def test_common_words_alone_complete_nothing() -> None:
    index = index_of(["the oil", *["the"] * 60])
    assert not find_matches(index, index.look_up([("the",)])).complete.any()
    assert find_matches(index, index.look_up([("the",), ("oil",)])).complete.tolist() == [True] + [False] * 60
