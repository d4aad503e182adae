"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.delivery import figures as limits
from benchmarks.delivery.figures import BatchFigures, ExportFigures, Figures
from benchmarks.delivery.records import Records
from benchmarks.harness.markdown import mib, range_text, run_description, section, write_parts

_BATCH_HEAD = [
    "queries",
    "searches",
    "batch, s",
    "one by one, s",
    "with the client, s",
    "batch / one by one",
    "/ client",
]
_EXPORT_HEAD = [
    "format", "its client", "rows", "MiB", "first byte, ms", "all, s", "memory grown, MiB", "files left open",
]  # fmt: skip


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    batch = max(one.ratio.median for one in figures.batches)
    first_byte = max(one.first_byte_s.high for one in figures.exports)
    grown = max(one.grown_bytes.high for one in figures.exports)
    parts = [
        "# Delivery",
        f"A service with one process and no cache of queries, over {records.paragraphs:,} paragraphs. Medians over "
        "rounds, with the smallest and the largest round; ratios are those of one round.",
        run_description(run),
        section(
            "Summary",
            [
                ["", "", "limit"],
                [
                    "a batch / its searches one by one, worst kind",
                    f"{batch:.2f}",
                    f"at most {limits.MAX_BATCH_RATIO:.2f}",
                ],
                [
                    "first byte of an export, worst",
                    f"{1000 * first_byte:.0f} ms",
                    f"{1000 * limits.MAX_FIRST_BYTE_S:.0f} ms",
                ],
                ["memory that an export adds, worst", f"{mib(grown)} MiB", f"{mib(limits.MAX_GROWN_BYTES)} MiB"],
            ],
        ),
        section("Batches", [_BATCH_HEAD, *map(_batch_row, figures.batches)]),
        section("Exports", [_EXPORT_HEAD, *map(_export_row, figures.exports)]),
    ]
    write_parts(path, parts)


def _batch_row(one: BatchFigures) -> list[str]:
    times = (range_text(each, 3) for each in (one.batch_s, one.single_s, one.client_s))
    return [one.kind, str(one.searches), *times, range_text(one.ratio), range_text(one.client_ratio)]


def _export_row(one: ExportFigures) -> list[str]:
    first = one.first_byte_s
    return [
        one.format,
        one.read,
        f"{one.rows:,}",
        f"{one.body_bytes / 2**20:.1f}",
        f"{1000 * first.median:.0f} [{1000 * first.low:.0f}, {1000 * first.high:.0f}]",
        range_text(one.total_s),
        f"{mib(one.grown_bytes.median)} [{mib(one.grown_bytes.low)}, {mib(one.grown_bytes.high)}]",
        str(one.left_files),
    ]
