"""The inverted index against plain reading of all documents."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index import lexical_writer
from indexer.snapshot.index.lexical_index import MAX_POSITION, LexicalIndex
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter
from indexer.snapshot.layout import LexicalLayout
from indexer.snapshot.text.words import folded_words, raw_words

DOCUMENTS = [
    ("Suez Canal", "The ship blocks the canal, and the canal waits."),
    ("Suez Canal", "A second paragraph about tugs."),
    (None, "رئيس الوزراء يزور القاهرة ورئيس مصر"),
    ("قناة السويس", "السفينة في القناة"),
    (None, "؟!"),
]


def index_of(documents: list[tuple[str | None, str]]) -> LexicalIndex:
    writer = LexicalIndexWriter()
    for title, text in documents:
        writer.add(title, text)
    return writer.finish()


def folded(text: str) -> list[str]:
    return [word for raw in raw_words(text) for word in folded_words(raw)]


INDEX = index_of(DOCUMENTS)


def found(*forms: str, index: LexicalIndex = INDEX) -> dict[int, int]:
    (word,) = index.look_up([forms])
    postings = index.postings(word)
    return dict(zip(postings.rows.tolist(), postings.counts.tolist(), strict=True))


def test_a_word_is_found_in_title_and_text_and_counted() -> None:
    assert found("canal") == {0: 3, 1: 1}
    assert found("tugs") == {1: 1}
    assert found("وزراء") == {}
    assert found("وزراء", "الوزراء") == {2: 1}
    assert found("the", "canal") == {0: 6, 1: 1}
    assert INDEX.lengths.tolist() == [11, 7, 6, 5, 0]


def test_words_are_looked_up_together_and_keep_their_order() -> None:
    together = INDEX.look_up([("tugs",), ("unknown",), ("وزراء", "الوزراء"), ()])
    assert [word.forms for word in together] == [("tugs",), ("unknown",), ("وزراء", "الوزراء"), ()]
    assert [len(word.places) for word in together] == [1, 0, 1, 0]
    assert together == [INDEX.look_up([word.forms])[0] for word in together]
    assert INDEX.look_up([]) == []


@pytest.mark.parametrize(
    ("phrase", "rows"),
    [
        ("suez canal", [0, 1]),
        ("canal suez", []),
        ("canal the", []),  # the end of the title and the beginning of the text
        ("the canal", [0]),
        ("the canal waits", [0]),
        ("the canal and", [0]),
        ("the ship", [0]),
        ("رييس الوزراء", [2]),
        ("مصر", [2]),
        ("unknown", []),
        ("", []),
    ],
)
def test_a_phrase_is_found_where_its_words_follow_each_other(phrase: str, rows: list[int]) -> None:
    assert INDEX.with_phrase([(word,) for word in phrase.split()]).tolist() == rows


def test_each_word_of_a_phrase_may_have_forms() -> None:
    assert INDEX.with_phrase([("رييس", "ورييس"), ("مصر",)]).tolist() == [2]
    assert INDEX.with_phrase([("رييس",), ("مصر",)]).tolist() == []


words = st.sampled_from(["a", "b", "c", "مصر", "بمصر"])
texts = st.lists(words, max_size=7).map(" ".join)


@given(st.lists(st.tuples(st.none() | texts, texts), max_size=6), st.lists(words, min_size=1, max_size=3))
def test_every_phrase_is_found_as_by_reading(documents: list[tuple[str | None, str]], phrase: list[str]) -> None:
    index = index_of(documents)
    length = len(phrase)

    def holds(text: list[str]) -> bool:
        return any(text[at : at + length] == phrase for at in range(len(text)))

    expected = [n for n, parts in enumerate(documents) if any(holds(folded(part or "")) for part in parts)]
    assert index.with_phrase([(word,) for word in phrase]).tolist() == expected
    counts = [Counter(folded(title or "") + folded(text)) for title, text in documents]
    totals = {n: sum(count[word] for word in set(phrase)) for n, count in enumerate(counts)}
    assert found(*sorted(set(phrase)), index=index) == {n: total for n, total in totals.items() if total}


def test_a_sign_may_stand_for_no_word_or_for_several() -> None:
    index = index_of([("ـ", "ﷺ ـ مصر"), (None, "مصر")])  # tatweel alone; a ligature of four words
    assert folded("ﷺ") == ["صلي", "الله", "عليه", "وسلم"]
    assert index.with_phrase([(word,) for word in ("عليه", "وسلم", "مصر")]).tolist() == [0]
    assert index.lengths.tolist() == [5, 1]


def test_words_behind_the_last_position_are_left_out() -> None:
    index = index_of([("title", " ".join(["word"] * MAX_POSITION) + " last"), ("title", "last")])
    assert index.lengths.tolist() == [MAX_POSITION - 1, 2]
    assert found("word", index=index) == {0: MAX_POSITION - 2}
    assert found("last", index=index) == {1: 1}


def test_documents_that_are_cut_into_words_in_batches_give_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = INDEX.save(LexicalLayout(tmp_path / "together"))
    monkeypatch.setattr(lexical_writer, "_BATCH_CHARS", 1)
    one_by_one = index_of(DOCUMENTS).save(LexicalLayout(tmp_path / "one by one"))
    assert [path.read_bytes() for path in one_by_one] == [path.read_bytes() for path in together]


def test_equal_documents_give_equal_files_that_are_read_back(tmp_path: Path) -> None:
    first, second = LexicalLayout(tmp_path / "a"), LexicalLayout(tmp_path / "b")
    files = INDEX.save(first), index_of(DOCUMENTS).save(second)
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    opened = LexicalIndex.open(first)
    assert found("canal", index=opened) == found("canal")
    assert opened.mean_length == pytest.approx(29 / 5)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rows", lambda array: array + 2),
        ("rows", lambda array: array[:-1]),
        ("rows", lambda array: array.astype(np.int64)),
        ("rows", lambda array: array[None]),
        ("counts", lambda array: array + np.uint16(1)),
        ("counts", lambda array: array[:-1]),
        ("positions", lambda array: array[:-1]),
        ("starts", lambda array: array[::-1]),
        ("starts", lambda array: array[:-1]),
        ("starts", lambda array: array[:0]),
        ("keys", lambda array: array[:-1]),
        ("lengths", lambda array: array[:-2]),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path: Path, name: str, change: object) -> None:
    layout = LexicalLayout(tmp_path)
    INDEX.save(layout)
    path = layout.root / f"{name}.npy"
    assert callable(change)
    np.save(path, np.ascontiguousarray(change(np.load(path))))
    with pytest.raises(SnapshotDamaged, match="is not a lexical index"):
        LexicalIndex.open(layout)


@pytest.mark.parametrize("content", [b"", b"x" * 200, b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False}"])
def test_files_that_are_no_arrays_are_refused(tmp_path: Path, content: bytes) -> None:
    layout = LexicalLayout(tmp_path)
    INDEX.save(layout)
    (layout.root / "keys.npy").write_bytes(content)
    with pytest.raises(SnapshotDamaged):
        LexicalIndex.open(layout)


def test_no_documents_at_all_make_an_index(tmp_path: Path) -> None:
    layout = LexicalLayout(tmp_path)
    index_of([]).save(layout)
    assert LexicalIndex.open(layout).with_phrase([("canal",)]).tolist() == []
