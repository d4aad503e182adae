"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.features import figures as limits
from benchmarks.features.figures import FeatureFigures, Figures
from benchmarks.features.records import Records
from benchmarks.harness.markdown import range_text, run_description, section, write_parts

_HEAD = [
    "option", "answers a second", "p50, ms", "CPU ms an answer", "/ plain: answers a second", "p50", "CPU", "errors",
]  # fmt: skip


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    clients = records.levels[0].load.clients
    parts = [
        "# Features",
        f"The same searches of {clients} clients over {figures.paragraphs:,} paragraphs, with one option at a time, in "
        "turns; medians over rounds, with the smallest and the largest round. Ratios are those of one round. The "
        "service has one process and no cache of queries.",
        run_description(run),
        section(
            "Summary",
            [
                ["", "", "limit"],
                [
                    "throughput with filters, facets, events and highlights / plain",
                    f"{figures.together:.2f}",
                    f"at least {limits.MIN_THROUGHPUT}",
                ],
                [
                    "time of a build without embedding, with words and events / without",
                    f"{figures.build_ratio:.3f}",
                    f"at most {limits.MAX_BUILD:.2f}",
                ],
                [
                    "size of a version, with words and events / without",
                    f"{figures.size_ratio:.2f}",
                    f"at most {limits.MAX_SIZE:.2f}",
                ],
            ],
        ),
        section("Options", [_HEAD, *(_row(one) for one in figures.features)]),
        section("Stages of the build", [["stage", "seconds"], *_stages(records)]),
    ]
    write_parts(path, parts)


def _row(one: FeatureFigures) -> list[str]:
    return [
        one.feature,
        range_text(one.throughput, 0),
        range_text(one.p50_ms, 1),
        range_text(one.cpu_ms, 1),
        range_text(one.throughput_ratio),
        range_text(one.p50_ratio),
        range_text(one.cpu_ratio),
        f"{one.errors:,}",
    ]


def _stages(records: Records) -> list[list[str]]:
    return [[name, f"{seconds:.2f}"] for name, seconds in records.build.stages_s.items()]
