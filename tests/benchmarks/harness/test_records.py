"""Files of a run are read as they were written."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.harness.records import read_records, read_run, write_figures, write_records, write_run


@dataclass(frozen=True)
class Sample:
    name: str
    values: list[float]


SAMPLES = [Sample("قناة", [0.5, 1.0]), Sample("b", [])]


@pytest.mark.parametrize("name", ["records.json", "records.json.gz"])
def test_records_come_back_and_equal_ones_have_equal_bytes(name: str, tmp_path: Path) -> None:
    path, again = tmp_path / name, tmp_path / f"again-{name}"
    write_records(path, SAMPLES, list[Sample])
    write_records(again, list(SAMPLES), list[Sample])
    assert read_records(path, list[Sample]) == SAMPLES
    assert path.read_bytes() == again.read_bytes()


def test_only_names_in_gz_are_compressed(tmp_path: Path) -> None:
    write_records(tmp_path / "a.json.gz", SAMPLES, list[Sample])
    write_records(tmp_path / "a.json", SAMPLES, list[Sample])
    assert (tmp_path / "a.json.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert (tmp_path / "a.json").read_bytes().startswith(b"[\n")


def test_run_and_figures_have_their_file_names(tmp_path: Path) -> None:
    write_run(tmp_path, {"command": "python -m benchmarks.quality"})
    write_figures(tmp_path, {"recall": 0.5})
    assert read_run(tmp_path) == {"command": "python -m benchmarks.quality"}
    assert (tmp_path / "figures.json").read_text(encoding="utf-8") == '{\n "recall": 0.5\n}\n'
