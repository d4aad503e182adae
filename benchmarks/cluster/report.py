"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.cluster.figures import MAX_SCORE_ERROR, MAX_SWAP_P99, MIN_FOUND, ComparisonFigures, Figures, LoadFigures
from benchmarks.cluster.records import Records
from benchmarks.harness.markdown import error_counts, range_text, run_description, section, write_parts

_COMPARED = ["shards", "indexes", "searches", "equal answers", "largest difference of scores", "first ten hits found"]
_LOADED = [
    "shards", "replicas", "clients", "answers a second", "p50, ms", "p99, ms", "p50 more than one process, ms",
    "/ one process: answers a second", "CPU", "swaps", "p99 with swaps / without", "errors",
]  # fmt: skip


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Cluster",
        f"Stores of {figures.paragraphs:,} paragraphs, in one piece and divided.",
        run_description(run),
        section(
            "Answers",
            [_COMPARED, *map(_comparison, figures.comparisons)],
            "The same searches, with filters, groups, orders, modes, facets and pages drawn at random, in one process. "
            f"Wanted: all answers equal and scores within {MAX_SCORE_ERROR:g} where all indexes are exact, and else at "
            f"least {MIN_FOUND} of the first ten hits.",
        ),
        section(
            "Load",
            [_LOADED, *map(_load, figures.loads)],
            "Shards over Ray on this machine, and one process over the store in one piece, in turns, without a cache "
            "of queries; medians over rounds, with the smallest and the largest. CPU counts all processes of Ray. With "
            f"swaps, another version is published every three seconds; wanted: at most {MAX_SWAP_P99:g} times the p99.",
        ),
    ]
    write_parts(path, parts)


def _comparison(one: ComparisonFigures) -> list[str]:
    return [
        str(one.shards),
        ", ".join(one.kinds),
        f"{one.searches:,}",
        f"{one.equal:,}",
        f"{one.score_error:.1g}",
        f"{one.found:.4f}",
    ]


def _load(one: LoadFigures) -> list[str]:
    return [
        str(one.shards),
        str(one.replicas),
        str(one.clients),
        range_text(one.throughput, 0),
        range_text(one.p50_ms, 1),
        range_text(one.p99_ms, 1),
        range_text(one.added_ms, 1),
        range_text(one.throughput_ratio),
        range_text(one.cpu_ratio),
        str(one.swaps),
        range_text(one.swap_p99_ratio),
        error_counts(one.errors),
    ]
