from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import CacheLookup, embed_missing, in_turn, look_up
from indexer.snapshot.encoder.query_encoder import FloatArray

_DIM = 2


def _encode(texts: Sequence[str]) -> FloatArray:
    """Tell texts apart by their length and their first code point."""
    return np.array([[len(text), ord(text[0])] for text in texts], dtype=np.float32)


class _Recorder:
    """Remembers what was encoded and how much progress was reported; fails from `fail_at` on."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.calls: list[list[str]] = []
        self.advanced: list[int] = []
        self._fail_at = fail_at

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if len(self.calls) == self._fail_at:
            raise RuntimeError("out of memory")
        self.calls.append(list(texts))
        return _encode(texts)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    with EmbeddingCache(tmp_path / "cache.sqlite", _DIM) as opened:
        yield opened


def _look(texts: Sequence[str], cache: EmbeddingCache) -> CacheLookup:
    return look_up(iter(texts), len(texts), _DIM, cache)


def _embed(texts: Sequence[str], cache: EmbeddingCache, recorder: _Recorder) -> FloatArray:
    text_of_row: Callable[[int], str] = texts.__getitem__
    return embed_missing(_look(texts, cache), text_of_row, in_turn(recorder.encode), cache, recorder.advanced.append)


def test_every_text_gets_its_own_vector_in_its_row(cache: EmbeddingCache) -> None:
    texts = [chr(0x627 + n % 20) + "x" * (n * 7 % 600) for n in range(700)]
    vectors = _embed(texts, cache, _Recorder())
    assert vectors.dtype == np.float32
    assert vectors.tolist() == _encode(texts).tolist()


def test_a_second_build_encodes_nothing(cache: EmbeddingCache) -> None:
    _embed(["oil", "نفط"], cache, _Recorder())
    again = _Recorder()
    vectors = _embed(["نفط", "oil"], cache, again)
    assert again.calls == []
    assert again.advanced == []
    assert vectors.tolist() == _encode(["نفط", "oil"]).tolist()


def test_only_new_texts_are_encoded(cache: EmbeddingCache) -> None:
    _embed(["oil", "gas"], cache, _Recorder())
    again = _Recorder()
    vectors = _embed(["gas", "coal", "oil"], cache, again)
    assert again.calls == [["coal"]]
    assert vectors.tolist() == _encode(["gas", "coal", "oil"]).tolist()


def test_equal_texts_are_encoded_once_and_fill_every_row(cache: EmbeddingCache) -> None:
    recorder = _Recorder()
    # The third is the first with a vowel sign and a stretched letter: equal to an encoder.
    vectors = _embed(["نفط", "oil", "نَفـط"], cache, recorder)
    assert [sorted(call) for call in recorder.calls] == [["oil", "نفط"]]
    assert vectors.tolist() == _encode(["نفط", "oil", "نفط"]).tolist()


def test_texts_of_about_one_length_are_encoded_together(cache: EmbeddingCache) -> None:
    texts = ["x" * (1 + n * 37 % 601) for n in range(600)]
    recorder = _Recorder()
    _embed(texts, cache, recorder)
    spans = sorted((min(map(len, call)), max(map(len, call)), len(call)) for call in recorder.calls)
    lengths = sorted(map(len, texts))
    assert spans == [(1, lengths[255], 256), (lengths[256], lengths[511], 256), (lengths[512], lengths[599], 88)]
    assert recorder.advanced == [len(call) for call in recorder.calls]


def test_the_order_of_chunks_is_shuffled_but_always_the_same(tmp_path: Path) -> None:
    texts = ["x" * n for n in range(1, 2_049)]
    orders = []
    for name in ("first", "second"):
        recorder = _Recorder()
        with EmbeddingCache(tmp_path / name, _DIM) as cache:
            _embed(texts, cache, recorder)
        orders.append([len(call[0]) for call in recorder.calls])
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == [1, 257, 513, 769, 1025, 1281, 1537, 1793]
    assert orders[0] != sorted(orders[0])


def test_chunks_that_were_finished_survive_a_failure(cache: EmbeddingCache) -> None:
    texts = ["x" * n for n in range(1, 601)]
    broken = _Recorder(fail_at=2)
    with pytest.raises(RuntimeError, match="out of memory"):
        _embed(texts, cache, broken)
    done = {text for call in broken.calls for text in call}
    again = _Recorder()
    vectors = _embed(texts, cache, again)
    assert {text for call in again.calls for text in call} == set(texts) - done
    assert vectors.tolist() == _encode(texts).tolist()


def test_look_up_says_which_rows_are_missing_and_leaves_them_zero(cache: EmbeddingCache) -> None:
    _embed(["oil"], cache, _Recorder())
    lookup = _look(["gas", "oil", "gas", "coal"], cache)
    assert lookup.vectors.tolist() == [[0, 0], [3, ord("o")], [0, 0], [0, 0]]
    assert [(missing.row, missing.length) for missing in lookup.missing] == [(0, 3), (3, 4)]
    assert lookup.keys[0] == lookup.keys[2] == lookup.missing[0].key


def test_more_texts_than_one_question_holds_are_all_looked_up(cache: EmbeddingCache) -> None:
    texts = [f"text {n}" for n in range(5_000)]
    _embed(texts[:4_500], cache, _Recorder())
    lookup = _look(texts, cache)
    assert [missing.row for missing in lookup.missing] == list(range(4_500, 5_000))
    assert lookup.vectors[:4_500].tolist() == _encode(texts[:4_500]).tolist()


def test_no_texts_give_an_empty_matrix(cache: EmbeddingCache) -> None:
    recorder = _Recorder()
    assert _embed([], cache, recorder).shape == (0, _DIM)
    assert recorder.calls == []


@pytest.mark.parametrize("n_texts", [1, 3])
@pytest.mark.parametrize("known", [[], ["oil", "gas"]])
def test_another_number_of_texts_than_announced_is_an_error(
    cache: EmbeddingCache, known: list[str], n_texts: int
) -> None:
    _embed(known, cache, _Recorder())
    with pytest.raises(ValueError, match=f"{n_texts} texts were announced, 2 were given"):
        look_up(["oil", "gas"], n_texts, _DIM, cache)


def test_an_encoder_that_loses_a_text_is_an_error(cache: EmbeddingCache) -> None:
    with pytest.raises(ValueError, match="zip"):
        embed_missing(
            _look(["oil", "gas"], cache),
            ["oil", "gas"].__getitem__,
            in_turn(lambda texts: _encode(texts[:1])),
            cache,
            print,
        )


def test_chunks_may_be_ready_in_any_order(cache: EmbeddingCache) -> None:
    texts = [f"text {number}" for number in range(600)]

    def backwards(chunks: Iterable[Sequence[str]]) -> Iterator[tuple[int, FloatArray]]:
        yield from reversed([(place, _encode(chunk)) for place, chunk in enumerate(chunks)])

    vectors = embed_missing(_look(texts, cache), texts.__getitem__, backwards, cache, lambda _: None)
    assert vectors.tolist() == _encode(texts).tolist()
