from pathlib import Path

import numpy as np
import pytest

from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.snapshot.encoder.query_encoder import FloatArray

_DIM = 3


def _vector(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float32)


def _filled(path: Path, n: int) -> dict[bytes, FloatArray]:
    vectors = {text_key(f"text {number}"): _vector(number, 0.1, -number) for number in range(n)}
    with EmbeddingCache(path, _DIM) as cache:
        cache.put(vectors)
    return vectors


def test_vectors_come_back_bit_for_bit_in_another_session(tmp_path: Path) -> None:
    stored = _filled(tmp_path / "cache" / "e5.sqlite", 3)
    with EmbeddingCache(tmp_path / "cache" / "e5.sqlite", _DIM) as cache:
        found = cache.get([*stored, text_key("never seen")])
    assert {key: vector.tobytes() for key, vector in found.items()} == {
        key: vector.tobytes() for key, vector in stored.items()
    }
    assert {vector.dtype for vector in found.values()} == {np.dtype(np.float32)}


def test_more_keys_than_one_question_holds_are_all_answered(tmp_path: Path) -> None:
    stored = _filled(tmp_path / "c.sqlite", 1_203)
    with EmbeddingCache(tmp_path / "c.sqlite", _DIM) as cache:
        found = cache.get(list(stored))
    assert found.keys() == stored.keys()
    assert found[text_key("text 1202")].tolist() == stored[text_key("text 1202")].tolist()


def test_nothing_is_known_of_no_keys(tmp_path: Path) -> None:
    with EmbeddingCache(tmp_path / "c.sqlite", _DIM) as cache:
        assert cache.get([]) == {}


def test_a_vector_put_again_replaces_the_first(tmp_path: Path) -> None:
    key = text_key("oil")
    with EmbeddingCache(tmp_path / "c.sqlite", _DIM) as cache:
        cache.put({key: _vector(1, 0, 0)})
        cache.put({key: _vector(0, 1, 0)})
        assert cache.get([key])[key].tolist() == [0, 1, 0]


def test_what_was_put_is_seen_by_others_before_the_file_is_closed(tmp_path: Path) -> None:
    key = text_key("oil")
    with EmbeddingCache(tmp_path / "c.sqlite", _DIM) as writer, EmbeddingCache(tmp_path / "c.sqlite", _DIM) as reader:
        writer.put({key: _vector(1, 2, 3)})
        assert reader.get([key])[key].tolist() == [1, 2, 3]


def test_vectors_of_another_length_are_unknown(tmp_path: Path) -> None:
    stored = _filled(tmp_path / "c.sqlite", 2)
    with EmbeddingCache(tmp_path / "c.sqlite", _DIM + 1) as cache:
        assert cache.get(list(stored)) == {}


@pytest.mark.parametrize(
    "content", [b"not a database at all, only text" * 200, b"SQLite format 3\x00" + b"\xff" * 4_080]
)
def test_a_file_that_is_no_database_is_emptied(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(content)
    key = text_key("oil")
    with EmbeddingCache(path, _DIM) as cache:
        assert cache.get([key]) == {}
        cache.put({key: _vector(1, 2, 3)})
    with EmbeddingCache(path, _DIM) as cache:
        assert cache.get([key])[key].tolist() == [1, 2, 3]


def test_a_file_cut_short_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    keys = list(_filled(path, 2_000))
    path.write_bytes(path.read_bytes()[:6_000])
    with EmbeddingCache(path, _DIM) as cache:
        assert cache.get(keys) == {}


def test_a_file_damaged_in_the_middle_costs_time_only(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    stored = _filled(path, 2_000)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4_096 * 4_096
    content[middle : middle + 4_096] = b"\xff" * 4_096
    path.write_bytes(content)
    with EmbeddingCache(path, _DIM) as cache:
        found = cache.get(list(stored))
        cache.put(stored)
        assert cache.get(list(stored)).keys() == stored.keys()
    assert len(found) < len(stored), "the damage hit no vector"
    assert all(vector.tobytes() == stored[key].tobytes() for key, vector in found.items())


def test_keys_are_sixteen_bytes_and_differ_by_text() -> None:
    keys = {text_key(text) for text in ("", "a", "b", "أمل", "امل")}
    assert {len(key) for key in keys} == {16}
    assert len(keys) == 5


@pytest.mark.parametrize(
    "spelling",
    [
        "وَقَّع الوزير",  # with vowel and doubling signs
        "وقع الوزيـــر",  # stretched
        " وقع\nالوزير\u200f",  # over two lines, with a right-to-left mark
    ],
)
def test_spellings_that_encoders_read_alike_share_a_key(spelling: str) -> None:
    assert text_key(spelling) == text_key("وقع الوزير")


def test_pruning_a_damaged_file_leaves_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    stored = _filled(path, 2_000)
    content = bytearray(path.read_bytes())
    content[4_096:-4_096] = b"\xff" * (len(content) - 8_192)
    with EmbeddingCache(path, _DIM) as cache:
        path.write_bytes(content)  # while it is open
        assert cache.keep_only(list(stored)[:1_000]) == 0
        assert cache.get(list(stored)) == {}
        cache.put(stored)
        assert cache.keep_only(list(stored)[:1_000]) == 1_000
        assert cache.get(list(stored)).keys() == set(list(stored)[:1_000])


def test_errors_of_the_disk_are_os_errors(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.mkdir()
    with pytest.raises(OSError, match=r"c\.sqlite: unable to open"):
        EmbeddingCache(path, _DIM)
