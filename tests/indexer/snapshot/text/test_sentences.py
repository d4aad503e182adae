"""Sentences in English and Arabic, and that finding them takes linear time."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("No mark", ["No mark"]),
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("  One.  Two.  ", ["One.", "Two."]),
        ("One line\nanother line", ["One line", "another line"]),
        ("“Why?” she asked. (He knew.) Then", ["“Why?” she asked.", "(He knew.)", "Then"]),
        ("It rose 3.5 per cent. Prices fell.", ["It rose 3.5 per cent.", "Prices fell."]),
        ("It rose to 3.5. Prices fell.", ["It rose to 3.5.", "Prices fell."]),
        ("Gen. Smith met J. K. Jones. They talked.", ["Gen. Smith met J. K. Jones.", "They talked."]),
        ("The U.S. Senate voted. It passed.", ["The U.S. Senate voted.", "It passed."]),
        ("He paused... and went on. Then left.", ["He paused... and went on.", "Then left."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("news.example reported it", ["news.example reported it"]),
        # "The matter ended. Is this true? Yes."
        ("انتهى الأمر. هل هذا صحيح؟ نعم.", ["انتهى الأمر.", "هل هذا صحيح؟", "نعم."]),
        # "Dr Muhammad said: it ended. Then he left" with the title as one letter and a full stop
        ("قال د. محمد إنه انتهى. ثم غادر", ["قال د. محمد إنه انتهى.", "ثم غادر"]),
        ("قال: «انتهى!» ثم غادر", ["قال: «انتهى!»", "ثم غادر"]),
        ("ایک جملہ۔ دوسرا جملہ۔", ["ایک جملہ۔", "دوسرا جملہ۔"]),  # Urdu full stops
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=" .!?؟۔…\n\"')abZأد3", max_size=60))
def test_sentences_are_in_order_and_lose_nothing_but_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize("part", [".", ".)", ".'", "!?", ". ", " ", "\n", "a. ", "؟"])
def test_long_runs_take_linear_time(part: str) -> None:
    """A pattern that gives back what it has read would need minutes for these."""
    started = time.perf_counter()
    sentence_spans(part * 50_000 + "x")
    assert time.perf_counter() - started < 20
