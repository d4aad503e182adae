"""Which shard has which row."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.shards.division import (
    Division,
    gathered,
    open_shard_numbers,
    packed,
    save_shard_numbers,
    shard_of_article,
    unpacked,
)

numbers = st.lists(st.integers(0, 4), max_size=60).map(lambda values: np.array(values, dtype=np.uint16))


def test_the_shard_of_an_article_never_changes() -> None:
    # What builds have written before depends on it.
    assert [shard_of_article(each, 8) for each in ("en-canal", "ar-زلزال", "", "a/b c")] == [0, 1, 4, 5]


def test_articles_are_spread_evenly() -> None:
    counts = np.bincount([shard_of_article(f"article-{number}", 4) for number in range(8_000)])
    assert counts.min() > 1_850
    assert len(counts) == 4


@given(numbers)
def test_rows_of_shards_and_of_the_version_are_translated_back_and_forth(shards: np.ndarray) -> None:
    division = Division(shards, 5)
    assert sum(division.sizes) == division.size == len(shards)
    for shard in range(5):
        rows = division.in_version(shard, np.arange(division.sizes[shard]))
        assert rows.tolist() == np.flatnonzero(shards == shard).tolist()
    rows = np.arange(len(shards))[::-1]
    parts = list(division.parts(rows))
    assert sorted(part.shard for part in parts) == sorted(set(shards.tolist()))
    back = {part.shard: division.in_version(part.shard, part.rows) for part in parts}
    assert gathered(parts, back, len(rows), np.int64).tolist() == rows.tolist()


@given(st.lists(st.booleans(), max_size=40))
def test_masks_survive_packing(marks: list[bool]) -> None:
    mask = np.array(marks, dtype=np.bool_)
    assert unpacked(packed(mask), len(mask)).tolist() == marks
    assert len(packed(mask)) == -(-len(mask) // 8)


def test_damaged_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "shards.npy"
    save_shard_numbers(path, np.array([0, 2, 1], dtype=np.uint16))
    assert open_shard_numbers(path, 3, 3).tolist() == [0, 2, 1]
    for n_articles, n_shards in ((4, 3), (3, 2)):
        with pytest.raises(SnapshotDamaged, match="these articles"):
            open_shard_numbers(path, n_articles, n_shards)
    path.write_bytes(b"nothing")
    with pytest.raises(SnapshotDamaged, match="rebuild"):
        open_shard_numbers(path, 3, 3)
