"""Quotes and exclusions in a query."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.query_syntax import read_query
from indexer.snapshot.text.words import folded_words, raw_words


@pytest.mark.parametrize(
    ("typed", "meant", "phrases", "excluded"),
    [
        ("suez canal", "suez canal", (), ()),
        ('"suez canal" ship', "suez canal ship", (("suez", "canal"),), ()),
        ("“Suez Canal” ship", "“Suez Canal” ship", (), ()),  # a headline, pasted
        ("«مجلس الوزراء» يجتمع", "«مجلس الوزراء» يجتمع", (), ()),
        ('رئيس "مجلس الوزراء"', "رئيس مجلس الوزراء", (("مجلس", "الوزراء"),), ()),
        ("canal -ship", "canal", (), (("ship",),)),
        ('canal -"cargo ship" -Égypte', "canal", (), (("cargo", "ship"), ("egypte",))),
        ("-السويس قناة", "قناة", (), (("السويس",),)),
        ("pre-war Moscow - Tehran --x", "pre-war Moscow - Tehran --x", (), ()),
        ("-pre-war", "", (), (("pre", "war"),)),
        ('5" pipe', '5" pipe', (), ()),
        ('"" canal', "canal", (), ()),
        ('("suez canal"), ship', "( suez canal ), ship", (("suez", "canal"),), ()),
        ('"...', '"...', (), ()),
        ('canal "..."', "canal ...", (), ()),
    ],
)
def test_signs_are_read(
    typed: str, meant: str, phrases: tuple[tuple[str, ...], ...], excluded: tuple[tuple[str, ...], ...]
) -> None:
    query = read_query(typed)
    assert (query.meant, query.phrases) == (meant, tuple(map(_folded, phrases)))
    assert query.excluded == tuple(map(_folded, excluded))


def _folded(phrase: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.replace("ة", "ه") for word in phrase)


def test_running_text_gives_no_instructions() -> None:
    text = 'The minister said on Sunday that "nothing has been decided" yet -at least not by him or by anybody'
    query = read_query(text)
    assert (query.meant, query.phrases, query.excluded) == (text, (), ())
    assert query.ignores_signs
    assert not read_query(text.replace('"', "").replace("-", "")).ignores_signs


def test_what_is_quoted_or_excluded_does_not_make_a_query_running_text() -> None:
    twelve = "one two three four five six seven eight nine ten eleven twelve"
    assert read_query(f"{twelve} -thirteen").excluded == (("thirteen",),)
    assert read_query(f'"{twelve} thirteen"').phrases == ((*twelve.split(), "thirteen"),)
    assert read_query(f'{twelve} thirteen "fourteen"').ignores_signs


@pytest.mark.parametrize("sign", ["\u200f-", "-\u200f", "\u202b-", "\u2212", "\u2010", "-#", "-(", "-."])
def test_dashes_of_keyboards_and_copied_text_exclude_too(sign: str) -> None:
    query = read_query(f"مجلس الأمن {sign}الأمم")
    assert (query.meant, query.excluded) == ("مجلس الأمن", (("الامم",),))


def test_words_of_a_query_are_found_as_an_index_finds_them() -> None:
    changing = [chr(code) for code in range(0x110000) if unicodedata.normalize("NFKD", chr(code)) != chr(code)]
    for char in [*changing[::7], *"™℠№Ⓜ℡ﷺ_-'’،"]:
        text = f"oil{char}x"
        assert list(read_query(text).words) == [word for raw in raw_words(text) for word in folded_words(raw)]


def test_words_are_those_that_are_meant() -> None:
    assert read_query('"Suez Canal" القاهرة -ship').words == ("suez", "canal", "القاهره")


@given(st.text(st.sampled_from('ab "“”«»-؟'), max_size=30))
def test_whatever_is_typed_can_be_read(typed: str) -> None:
    query = read_query(typed)
    assert all(query.phrases)
    assert all(query.excluded)
    for phrase in query.phrases:
        assert set(phrase) <= set(query.words)
