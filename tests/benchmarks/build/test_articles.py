"""The articles of a sample that change."""

import json
from pathlib import Path

import pytest

from benchmarks.build.articles import changed_rows, write_changed


@pytest.mark.parametrize(
    ("n", "share", "rows"),
    [(4, 0.0, []), (25, 0.1, [5, 15]), (300, 0.01, [50, 150, 250]), (3, 0.01, [0])],
)
def test_changed_rows_are_evenly_spaced(n: int, share: float, rows: list[int]) -> None:
    assert changed_rows(n, share) == rows


def test_small_and_large_share_have_no_row_in_common() -> None:
    assert not set(changed_rows(5_000, 0.01)) & set(changed_rows(5_000, 0.1))


def test_changed_article_begins_with_a_paragraph_of_another(tmp_path: Path) -> None:
    sample = tmp_path / "sample.jsonl"
    records = [{"paragraphs": [f"{place}, {line}" for line in range(place % 3 + 1)]} for place in range(10)]
    sample.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    assert write_changed(sample, 0.1, tmp_path / "changed.jsonl") == 1
    before = sample.read_text(encoding="utf-8").splitlines()
    after = (tmp_path / "changed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [5]
    assert json.loads(after[5])["paragraphs"] == ["0, 0", "5, 1", "5, 2"]
