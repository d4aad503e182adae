"""Quotes and exclusions in a query."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.text.query_syntax import read_query


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
    text = 'The minister said on Sunday that "nothing has been decided" -at least not by him'
    query = read_query(text)
    assert (query.meant, query.phrases, query.excluded) == (text, (), ())
    twelve = 'The minister said on Sunday that "nothing has been decided" by him'
    assert read_query(twelve).phrases == (("nothing", "has", "been", "decided"),)


def test_words_are_those_that_are_meant() -> None:
    assert read_query('"Suez Canal" القاهرة -ship').words == ("suez", "canal", "القاهره")


@given(st.text(st.sampled_from('ab "“”«»-؟'), max_size=30))
def test_whatever_is_typed_can_be_read(typed: str) -> None:
    query = read_query(typed)
    assert all(query.phrases)
    assert all(query.excluded)
    for phrase in query.phrases:
        assert set(phrase) <= set(query.words)
