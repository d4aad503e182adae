"""Names as codes, by hand; lists of codes against a plain reading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.columns import CodeLists
from indexer.snapshot.content.names import coded


def test_spellings_are_one_name_shown_as_most_articles_have_it() -> None:
    codes, names = coded(["gulf news", "Gulf News", None, "Post", "Gulf  News", "Gulf News", "\u200f"])
    assert names.shown == ("Gulf News", "Post")
    assert codes.tolist() == [0, 0, -1, 1, 0, 0, -1]


def test_of_equally_frequent_spellings_the_first_by_text_is_shown() -> None:
    codes, names = coded(["b", "B", "a"])
    assert names.shown == ("B", "a")
    assert codes.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "spelling",
    [
        "الأهرام الرياضية",
        "الاهرام الرياضيه",  # without hamza, and heh for teh marbuta
        "الإهرام  الرياضية",
        "الأهـــرام الرِّياضية",  # tatweel, vowels
        "\ufe8d\ufedfأهرام الرياضية",  # presentation forms of alef and lam
        "الا\u0654هرام الرياضية",  # hamza as a mark of its own
    ],
)
def test_arabic_spellings_are_one_name(spelling: str) -> None:
    _, names = coded(["الأهرام الرياضية", "الجزيرة"])
    assert names.code(spelling) == names.code("الأهرام الرياضية")
    assert names.code(spelling) is not None


def test_digits_and_yeh_are_compared_in_one_form() -> None:
    _, names = coded(["MBC ٤", "على"])
    assert names.code("mbc 4") == 0
    assert names.code("علي") == 1
    assert names.code("mbc 5") is None


def test_latin_accents_stay_and_capitals_do_not() -> None:
    _, names = coded(["Élysée"])
    assert names.code("ÉLYSÉE") == 0
    assert names.code("Elysee") is None


def test_prefixes_are_folded_as_names_are() -> None:
    _, names = coded(["Harbour Post", "harbour Ledger", "Post", "الأهرام", "الأهلي"])
    assert [names.shown[code] for code in names.with_prefix(" HARBOUR")] == ["harbour Ledger", "Harbour Post"]
    assert {names.shown[code] for code in names.with_prefix("الاه")} == {"الأهرام", "الأهلي"}
    assert names.with_prefix("nobody").tolist() == []
    assert len(names.with_prefix("")) == 5


def test_marks_have_a_place_for_articles_without_a_name() -> None:
    codes, names = coded(["a", None, "b"])
    assert names.marked(["B", "c"])[codes].tolist() == [False, False, True]
    assert names.marked([])[codes].tolist() == [False, False, False]
    assert coded([])[1].shown == ()


names_of_articles = st.lists(st.none() | st.sampled_from(["a", "A", "á", "ab", "أب", "اب", "b", ""]), max_size=30)


@given(values=names_of_articles, prefix=st.sampled_from(["", "a", "أ", "B", "x"]))
def test_codes_and_prefixes_are_those_of_a_plain_reading(values: list[str | None], prefix: str) -> None:
    codes, names = coded(values)
    assert list(names.shown) == sorted(names.shown)
    for value, code in zip(values, codes.tolist(), strict=True):
        assert (code == -1) is (not value)
        if value:
            assert names.code(value) == code
            assert names.shown[code] in values
    bare = prefix.lower().replace("أ", "ا")
    begin = [code for code, name in enumerate(names.shown) if name.lower().replace("أ", "ا").startswith(bare)]
    assert sorted(names.with_prefix(prefix).tolist()) == begin


@given(
    lists=st.lists(st.lists(st.integers(-1, 4), max_size=4), max_size=12),
    rows=st.lists(st.integers(0, 11), max_size=12),
    marks=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_lists_of_codes_are_those_of_a_plain_reading(
    lists: list[list[int]], rows: list[int], marks: list[bool]
) -> None:
    flat = np.array([code for codes in lists for code in codes], dtype=np.int32)
    column = CodeLists.of(np.array([len(codes) for codes in lists], dtype=np.int64), flat)
    expected = [sorted(set(codes) - {-1}) for codes in lists]
    chosen = [row for row in rows if row < len(lists)]
    for selected, wanted in (
        (slice(None), expected),
        (np.array(chosen, dtype=np.int64), [expected[row] for row in chosen]),
    ):
        codes, ends = column.at(selected)
        assert [part.tolist() for part in np.split(codes, ends)[:-1]] == wanted
        marked = np.array([*marks, False])
        assert column.has_any(marked, selected).tolist() == [any(marks[code] for code in codes) for codes in wanted]
