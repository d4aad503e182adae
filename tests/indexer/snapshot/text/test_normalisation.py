import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.normalisation import as_published, for_encoder, for_query_encoder

# Letters, optional signs, digits, bidi marks and white space of both scripts, in any order.
_MIXED = st.text(
    st.sampled_from("aeZ 0٣۴\u0640\u064e\u0651\u0654\u0655\u200d\u200e\u00ad\u0301\n\u00a0اأويهةىﻻ﷽ﺍ«»،؟\u0000\u200c")
)


@pytest.mark.parametrize(
    ("raw", "published"),
    [
        ("  Oil prices rise \r\n", "Oil prices rise"),
        ("one\ttab\nand a break", "one\ttab\nand a break"),
        ("nul\x00 bell\x07 escape\x1b delete\x7f", "nul bell escape delete"),
        ("C1 \x80control\x9f", "C1 control"),
        ("next\x85line stays", "next\x85line stays"),
        ("lone\ud800 surrogate\udfff", "lone surrogate"),
        ("\x00 \x1f", ""),
        ("", ""),
    ],
)
def test_as_published_drops_only_what_is_never_text(raw: str, published: str) -> None:
    assert as_published(raw) == published


@pytest.mark.parametrize(
    "text",
    [
        "خبـــر",  # tatweel, a stretched word
        "وقَّعت",  # short vowel and doubling sign
        "ﺍﻟﺴﻼﻡ",  # presentation forms, as old PDF exports give them
        "٢٠٢٥",  # Arabic-Indic digits
        "\u200fقال\u200e",  # right-to-left and left-to-right marks
        "می\u200cشود",  # Persian, parts of a word held apart by a zero-width non-joiner
        "«نعم»",  # guillemets, the usual Arabic quotation marks
    ],
)
def test_as_published_keeps_every_spelling_of_arabic(text: str) -> None:
    assert as_published(text) == text


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("خبـــر", "خبر"),  # tatweel only stretches: "kha-ba-r" drawn long is still "news"
        ("وَقَّعَ", "وقع"),  # fatha (a) and shadda (doubling) are optional: "waqqa'a", signed
        ("كتابٌ", "كتاب"),  # tanwin, the "-un" ending
        ("هٰذا", "هذا"),  # superscript alef, almost never printed in news
        ("قالۖ", "قال"),  # Quranic pause sign
        ("ﺍﻟﺴﻼﻡ", "السلام"),  # presentation forms become the plain letters, lam-alef becomes two
        ("ﷺ", "صلى الله عليه وسلم"),  # one code point for a whole phrase
    ],
)
def test_for_encoder_folds_optional_arabic_spelling(raw: str, folded: str) -> None:
    assert for_encoder(raw) == folded


@pytest.mark.parametrize(
    "word",
    [
        "أمل",  # alef with hamza above
        "إيران",  # alef with hamza below
        "آسيا",  # alef with madda
        "امل",  # bare alef: often a misspelling of the first, never changed into it
        "مسؤول",  # hamza on waw
        "رئيس",  # hamza on yeh
        "شيء",  # hamza alone
        "اتفاقية",  # teh marbuta
        "اتفاقيه",  # heh, where teh marbuta is meant
        "على",  # alef maksura
        "علي",  # yeh: another word, a first name
        "گفتگو",  # Persian gaf
        "کشور",  # Persian kaf, not the Arabic one
        "«نعم»؟",  # Arabic quotation and question marks
        "أولا،",  # Arabic comma
    ],
)
def test_for_encoder_never_changes_letters_and_punctuation(word: str) -> None:
    assert for_encoder(word) == word


def test_hamza_written_as_a_combining_sign_becomes_the_usual_letter() -> None:
    # Alef followed by the sign "hamza above" is the letter "alef with hamza above".
    assert for_encoder("\u0627\u0654") == "\u0623"


@pytest.mark.parametrize(
    ("raw", "composed"),
    [
        ("e\u200d\u0301", "\u00e9"),  # a joiner between letter and accent
        ("e\u00ad\u0301", "\u00e9"),  # a soft hyphen there
        ("\u0627\u0640\u0654", "\u0623"),  # tatweel between alef and its hamza
    ],
)
def test_marks_between_a_letter_and_its_accent_do_not_hinder_composition(raw: str, composed: str) -> None:
    assert for_encoder(raw) == composed


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),  # Arabic-Indic digits
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),  # Persian digits
        ("٣٫٥", "3.5"),  # Arabic decimal separator
        ("١٬٢٠٠", "1,200"),  # Arabic thousands separator
        ("عام ٢٠٢٥", "عام 2025"),
        ("１２", "12"),  # full-width digits, by NFKC
    ],
)
def test_for_encoder_writes_digits_in_ascii(raw: str, folded: str) -> None:
    assert for_encoder(raw) == folded


@pytest.mark.parametrize(
    "mark",
    ["\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\u061c", "\u200d", "\u2060", "\ufeff", "\u00ad"],
)
def test_for_encoder_drops_marks_that_only_steer_display(mark: str) -> None:
    assert for_encoder(f"{mark}ق{mark}ال{mark}") == "قال"


def test_the_zero_width_non_joiner_is_kept() -> None:
    assert for_encoder("می\u200cشود") == "می\u200cشود"


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        (" two\n lines\t and   gaps ", "two lines and gaps"),
        ("no\u00a0break\u2003em", "no break em"),
        ("ﬁnal ½", "final 1⁄2"),  # a ligature and a fraction, by NFKC
        ("café", "café"),
        ("cafe\u0301", "café"),
        ("nul\x00byte", "nulbyte"),
        ("\ud800", ""),
        (" \u200f\n", ""),
        ("", ""),
    ],
)
def test_for_encoder_gives_one_line_in_composed_form(raw: str, folded: str) -> None:
    assert for_encoder(raw) == folded


@given(_MIXED)
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert for_encoder(for_encoder(text)) == for_encoder(text)


@given(_MIXED)
def test_a_folded_text_is_in_compatibility_form(text: str) -> None:
    assert unicodedata.is_normalized("NFKC", for_encoder(text))


@given(st.text())
def test_as_published_twice_is_as_published_once(text: str) -> None:
    assert as_published(as_published(text)) == as_published(text)


@given(st.text())
def test_what_is_published_folds_like_the_raw_text(text: str) -> None:
    assert for_encoder(as_published(text)) == for_encoder(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What happened?", "What happened"),
        ("ماذا حدث؟", "ماذا حدث"),  # "what happened", with the Arabic question mark
        ("ماذا حدث ؟!؟", "ماذا حدث ؟!"),
        ("What? When?? ", "What? When"),
        ("oil prices", "oil prices"),
        ("???", ""),
    ],
)
def test_queries_lose_question_marks_at_their_end(text: str, expected: str) -> None:
    assert for_query_encoder(text) == expected


def test_long_texts_take_no_memory_once_they_are_folded() -> None:
    for_encoder("warm")
    tracemalloc.start()
    try:
        for number in range(30):
            assert len(for_encoder(f"{number} " + "نص طويل " * 50_000)) > 300_000
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 1_000_000
