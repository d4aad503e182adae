"""The files of one run: raw records, the description of the run, and figures."""

import gzip
import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

R = TypeVar("R")

RUN, FIGURES, REPORT = "run.json", "figures.json", "report.md"


def write_records(path: Path, records: R, kind: type[R]) -> None:
    """Write records of type `kind` as JSON: compact and gzipped if the name ends in .gz, otherwise indented.

    Equal records give equal bytes.
    """
    adapter = TypeAdapter(kind)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(adapter.dump_json(records), mtime=0))
    else:
        path.write_bytes(adapter.dump_json(records, indent=1) + b"\n")


def read_records(path: Path, kind: type[R]) -> R:
    """Read the records that `write_records` wrote."""
    content = path.read_bytes()
    return TypeAdapter(kind).validate_json(gzip.decompress(content) if path.suffix == ".gz" else content)


def write_run(folder: Path, description: dict[str, Any]) -> None:
    """Write what a reader needs to judge and repeat the run."""
    (folder / RUN).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    """Read the description that `write_run` wrote."""
    description: dict[str, Any] = json.loads((folder / RUN).read_text(encoding="utf-8"))
    return description


def write_figures(folder: Path, figures: dict[str, Any]) -> None:
    """Write figures as JSON."""
    (folder / FIGURES).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
