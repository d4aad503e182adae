"""Spellings of a phrase that have one key, and phrases that have not."""

import pytest

from indexer.snapshot.text.phrase_key import folded_phrase, phrase_key


@pytest.mark.parametrize(
    ("phrase", "typed"),
    [
        ("Côte d'Ivoire", "COTE D IVOIRE"),
        ("Al-Qaeda", "al qaeda"),
        ("oil", "  Oil? "),
        ("Straße", "strasse"),
        ("أردوغان", "اردوغان"),
        ("إيران", "ايران"),
        ("القرآن", "القران"),
        ("ٱلقدس", "القدس"),
        ("مؤتمر", "موتمر"),
        ("مدرسة", "مدرسه"),
        ("مستشفى", "مستشفي"),
        ("نفط", "النفط"),
        ("وزير الخارجية", "وزير خارجيه"),
        ("الجُمْهُورِيَّة", "جمـــهورية"),
        ("ﺍﻟﺴﻼﻡ", "سلام"),
        ("مجموعة ٢٠", "مجموعة 20"),
        ("\u200fالنيل\u200e", "النيل"),
        ("هل؟", "هل"),
    ],
)
def test_what_people_leave_out_or_type_for_something_else_does_not_count(phrase: str, typed: str) -> None:
    assert folded_phrase(phrase) == folded_phrase(typed)
    assert phrase_key(phrase) == phrase_key(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [("oil", "oils"), ("new york", "newyork"), ("علم", "علوم"), ("ال", "ل"), ("قلب", "كلب"), ("هند", "سند")],
)
def test_other_words_have_other_keys(one: str, other: str) -> None:
    assert phrase_key(one) != phrase_key(other)


def test_a_key_has_64_bits_and_stays_the_same() -> None:
    assert phrase_key("oil") == phrase_key("OIL") < 2**64
    assert phrase_key("النفط") == 14559168497483822497  # tables on disk have these keys
