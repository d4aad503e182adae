"""Files of a run are read as they were written."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.harness.records import read_records, write_lines, write_records


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


def test_lines_come_back_as_a_list(tmp_path: Path) -> None:
    assert write_lines(tmp_path / "records.jsonl.gz", iter(SAMPLES), Sample) == 2
    assert gzip.decompress((tmp_path / "records.jsonl.gz").read_bytes()).count(b"\n") == 2
    assert read_records(tmp_path / "records.jsonl.gz", list[Sample]) == SAMPLES
