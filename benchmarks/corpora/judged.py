"""Judged corpora: queries with graded paragraphs, laid out as the sample corpus is."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora.jsonl import read_jsonl


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query; `grades` are the grades of its relevant paragraphs by paragraph id."""

    id: str
    text: str
    language: str
    kind: str
    grades: Mapping[str, int]


def read_judged(folder: Path) -> list[JudgedQuery]:
    """Read `queries.jsonl` and `qrels.tsv` of a folder."""
    grades: dict[str, dict[str, int]] = {}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            grades.setdefault(row["query_id"], {})[row["paragraph_id"]] = int(row["grade"])
    return [
        JudgedQuery(record["id"], record["query"], record["language"], record["kind"], grades.get(record["id"], {}))
        for record in read_jsonl(folder / "queries.jsonl")
    ]
