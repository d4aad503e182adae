"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cluster.figures import (
    MAX_SCORE_ERROR,
    MAX_SWAP_P99,
    MIN_FOUND,
    ComparisonFigures,
    EmbeddingFigures,
    Figures,
    LoadFigures,
    PhaseFigures,
)
from benchmarks.cluster.records import Records
from benchmarks.harness.markdown import error_counts, range_text, run_description, section, write_parts

_COMPARED = ["shards", "indexes", "searches", "equal answers", "largest difference of scores", "first ten hits found"]
_LOADED = [
    "shards", "replicas", "clients", "answers a second", "p50, ms", "p99, ms", "p50 more than one process, ms",
    "/ one process: answers a second", "CPU", "swaps", "p99 with swaps / without", "errors",
]  # fmt: skip
_EMBEDDED = [
    "texts", "killed", "builds that failed", "texts without a vector", "embedded again", "other vectors",
    "smallest cosine", "time / undisturbed",
]  # fmt: skip
_ANSWERED = [
    "what happened", "replicas", "requests", "failed", "incomplete", "wrong", "last of these after, s", "p50, ms",
    "p99, ms", "longest, ms",
]  # fmt: skip


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = ["# Cluster", run_description(run), _commands(run.get("runs", {}))]
    if figures.comparisons:
        parts += _comparisons(figures)
    if figures.embedding:
        parts.append(_embedding(figures.embedding))
    if figures.phases:
        parts.append(_phases(figures.phases))
    write_parts(path, parts)


def _commands(runs: Mapping[str, Any]) -> str:
    return "\n".join(f"- {part}: `{run['command']}`, revision {run['commit']}" for part, run in runs.items())


def _comparisons(figures: Figures) -> list[str]:
    return [
        section(
            "Answers",
            [_COMPARED, *map(_comparison, figures.comparisons)],
            f"Stores of {figures.paragraphs:,} paragraphs, in one piece and divided. The same searches, with "
            "filters, groups, orders, modes, facets and pages drawn at random, in one process. "
            f"Wanted: all answers equal and scores within {MAX_SCORE_ERROR:g} where all indexes are exact, and else at "
            f"least {MIN_FOUND} of the first ten hits, over the searches that begin with the first one. The store in "
            "one piece has exact indexes.",
        ),
        section(
            "Load",
            [_LOADED, *map(_load, figures.loads)],
            "Shards over Ray on this machine, and one process over the store in one piece, in turns, without a cache "
            "of queries; medians over rounds, with the smallest and the largest. CPU counts all processes of Ray. With "
            f"swaps, another version is published every three seconds; wanted: at most {MAX_SWAP_P99:g} times the p99.",
        ),
    ]


def _embedding(one: EmbeddingFigures) -> str:
    return section(
        "Embedding under faults",
        [
            _EMBEDDED,
            [
                f"{one.texts:,}",
                ", ".join(f"{count} {kind}" for kind, count in sorted(one.faults.items())),
                str(one.failures),
                str(one.missing),
                "-" if one.again is None else str(one.again),
                str(one.differing),
                f"{one.smallest_cosine:.6f}",
                f"{one.time_ratio:.2f}",
            ],
        ],
        "A build on two nodes of one processor, in which so many encoders, nodes and builds were killed. A build that "
        "was killed is started again, and nothing else is done by hand. Vectors are compared with those of a build "
        "without Ray on the same machine. Wanted: no text without a vector, none embedded again, no other vector.",
    )


def _phases(phases: Sequence[PhaseFigures]) -> str:
    return section(
        "Answers under faults",
        [_ANSWERED, *map(_phase, phases)],
        "Two shards on a head and two nodes, each with a network of its own; four clients that pause for 20 ms. An "
        "answer is wrong if it is not that of the version that it names, or has an article ten seconds after it was "
        "taken down. Wanted: with two replicas nothing failed, incomplete or wrong; with one, nothing failed or wrong, "
        "and answers that are whole again within 30 s after the fault has ended.",
    )


def _phase(one: PhaseFigures) -> list[str]:
    numbers = (one.replicas, one.requests, one.failed, one.incomplete, one.wrong, one.whole_after_s)
    return [one.name, *map(str, numbers), *map(str, (one.p50_ms, one.p99_ms, one.max_ms))]


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
