"""Comma lists of names, by hand, and as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.search.name_lists import NameList, read_names
from indexer.snapshot.text.normalisation import folded_name


@pytest.mark.parametrize(
    ("text", "included", "excluded"),
    [
        ("Post", ("Post",), ()),
        (" Harbour  Post , Ledger ", ("Harbour Post", "Ledger"), ()),
        ("-Post", (), ("Post",)),
        ("Post,- Ledger,-Herald", ("Post",), ("Ledger", "Herald")),
        ('"Post, The"', ("Post, The",), ()),
        ('-"Post, The",Ledger', ("Ledger",), ("Post, The",)),
        ('"-name"', ("-name",), ()),
        ('-"-name"', (), ("-name",)),
        ('"the ""best"", they say" , b', ('the "best", they say', "b"), ()),
        ('12" singles', ('12" singles',), ()),
        ("Jean-Luc", ("Jean-Luc",), ()),
        ("الضفة،الأهرام", ("الضفة،الأهرام",), ()),  # an Arabic comma is part of a name
        ('"الضفة, اليوم",-الأهرام', ("الضفة, اليوم",), ("الأهرام",)),
    ],
)
def test_lists_are_read(text: str, included: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    assert read_names(text) == NameList(included, excluded)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-", "empty name"),
        (",", "empty name"),
        ("a,,b", "empty name"),
        ("a,", "empty name"),
        ('""', "empty name"),
        ('-" "', "empty name"),
        ("ـــ", "empty name"),  # tatweel alone
        ('"a', "not closed"),
        ('a,"b,c', "not closed"),
        ('"a"b', "text after a closed one"),
        (",".join("a" * 33), "has 33 names, more than 32"),
    ],
)
def test_lists_that_say_nothing_clear_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_names(text)


names = st.text(st.sampled_from('ab-," \u0627\u0640'), min_size=1).map(str.strip).filter(folded_name)


@given(st.lists(st.tuples(st.booleans(), names), min_size=1, max_size=32))
def test_any_name_can_be_written_in_quotes(entries: list[tuple[bool, str]]) -> None:
    text = ",".join("-" * excluded + '"' + name.replace('"', '""') + '"' for excluded, name in entries)
    found = read_names(text)
    assert found.included == tuple(" ".join(name.split()) for excluded, name in entries if not excluded)
    assert found.excluded == tuple(" ".join(name.split()) for excluded, name in entries if excluded)
