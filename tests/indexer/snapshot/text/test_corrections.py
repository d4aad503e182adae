"""Which phrases a misspelt one may have been."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.corrections import corrections
from indexer.snapshot.text.phrase_key import folded_phrase


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mrkel", "merkel"),  # a letter left out
        ("merke", "merkel"),
        ("mrekel", "merkel"),  # two letters swapped
        ("newyork", "new york"),  # a space left out
        ("saudi arbia", "saudi arabia"),
        ("الحكمة", "الحكومة"),
        ("الجائر", "الجزائر"),
        ("ردوغان", "أردوغان"),  # the first letter, in Arabic
        ("السعوية", "السعودية"),
    ],
)
def test_one_typing_error_is_undone(typed: str, meant: str) -> None:
    assert folded_phrase(meant) in corrections(folded_phrase(typed))


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("erkel", "merkel"),  # the first letter of a Latin word is taken for right
        ("elections", "election"),  # a letter too many may be another word
        ("hamaz", "hamas"),  # so may another letter
        ("mrkl", "merkel"),  # two errors
        ("ira", "iran"),  # too short to tell
        ("g20", "g210"),  # no word
    ],
)
def test_what_may_be_another_phrase_is_left_alone(typed: str, other: str) -> None:
    assert other not in corrections(typed)


@pytest.mark.parametrize("typed", ["", "g20 summit", "москва", "東京", "merkel أنغيلا", "a" * 33])
def test_other_scripts_digits_and_long_phrases_have_none(typed: str) -> None:
    assert corrections(typed) == []


@given(st.text("abmz ", min_size=4, max_size=12) | st.text("ابمي ", min_size=3, max_size=12))
def test_corrections_are_other_folded_phrases_each_once(text: str) -> None:
    phrase = folded_phrase(text)
    found = corrections(phrase)
    assert len(found) == len(set(found))
    assert phrase not in found
    assert all(other == " ".join(other.split()) and len(phrase) <= len(other) <= len(phrase) + 1 for other in found)


@given(st.text("abcdef", min_size=6, max_size=12), st.data())
def test_every_phrase_is_found_from_what_one_error_makes_of_it(phrase: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(phrase) - 2))
    dropped = phrase[:at] + phrase[at + 1 :]
    swapped = phrase[:at] + phrase[at + 1] + phrase[at] + phrase[at + 2 :]
    assert phrase in corrections(dropped)
    assert swapped == phrase or phrase in corrections(swapped)
