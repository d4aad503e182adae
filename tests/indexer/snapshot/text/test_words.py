"""Words and their folding."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.normalisation import for_encoder
from indexer.snapshot.text.words import folded_words, raw_words, words

SPELLINGS = [
    ("Erdoğan ERDOGAN erdogan", "erdogan"),
    ("أردوغان إردوغان اردوغان ٱردوغان أردوغـــان أَرْدوغان", "اردوغان"),
    ("القاهرة القاهره ﺍﻟﻘﺎﻫﺮﺓ", "القاهره"),
    ("مستشفى مستشفي", "مستشفي"),
    ("2023 ٢٠٢٣ ۲۰۲۳", "2023"),
    ("straße STRASSE", "strasse"),
    ("مسؤول مسوول", "مسوول"),
]


@pytest.mark.parametrize(("text", "folded"), SPELLINGS)
def test_spellings_of_a_word_fold_to_one(text: str, folded: str) -> None:
    assert {word.folded for word in words(text)} == {folded}


def test_places_are_code_points_of_the_text_as_it_is_written() -> None:
    text = "«الـقاهرة» \U0001f600 pre-war: 1,000 \u200fمصر\u200f"
    assert [(word.folded, text[word.start : word.end]) for word in words(text)] == [
        ("القاهره", "الـقاهرة"),
        ("pre", "pre"),
        ("war", "war"),
        ("1", "1"),
        ("000", "000"),
        ("مصر", "\u200fمصر\u200f"),
    ]


def test_a_sign_that_stands_for_several_words_gives_all_of_them() -> None:
    text = "محمد ﷺ قال"
    found = list(words(text))
    assert [word.folded for word in found] == ["محمد", "صلي", "الله", "عليه", "وسلم", "قال"]
    assert {(word.start, word.end) for word in found[1:5]} == {(5, 6)}


@pytest.mark.parametrize("text", ["", " ", "؟!...", "\u0640\u064b", "\u200f"])
def test_signs_alone_are_no_words(text: str) -> None:
    assert list(words(text)) == []


ALPHABET = st.sampled_from(list("aZéßİ09 .-'’_") + list("اأإآٱبةهىيئؤءـًّ٢،؟ﺍﷺ") + ["\u0301", "\u200f", "\u200c", "中"])


@given(st.text(ALPHABET, max_size=12))
def test_the_fast_ways_fold_as_the_general_rule_does(text: str) -> None:
    folded = [word for raw in raw_words(text) for word in folded_words(raw)]
    assert folded == [word.folded for word in words(text)]
    for raw in raw_words(text):
        # A sign that is no word keeps a plain word from the fast ways and is folded away.
        assert folded_words(raw) == folded_words(f"{raw}\u0640")


@given(st.text(st.sampled_from([chr(code) for code in range(0x621, 0x64B)] + ["ٱ"]), min_size=1, max_size=8))
def test_plain_arabic_folds_as_unicode_decomposes_it(text: str) -> None:
    decomposed = unicodedata.normalize("NFKD", for_encoder(text))
    letters = [char for char in decomposed if not unicodedata.combining(char)]
    expected = "".join({"ٱ": "ا", "ة": "ه", "ى": "ي"}.get(char, char) for char in letters)
    assert "".join(folded_words(text)) == expected
