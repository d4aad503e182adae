"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import mib, run_description, section, write_parts
from benchmarks.scaling.charts import write_chart
from benchmarks.scaling.figures import Figures, Row
from benchmarks.scaling.records import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run, and its chart beside it."""
    parts = [
        "# Index kinds by size\n\n"
        "Searches on one thread, with the smallest search parameter that a build would choose. "
        f"The raw records are in `records.json`.\n\n{run_description(run)}\n\n{_source(records)}",
        section(
            "Search",
            _search(figures.rows),
            "p50 and p99 in milliseconds: of queries sent for the first time, and of the same queries sent again. All "
            "kinds order their candidates by full vectors (float32) mapped from disk. The search parameter is nprobe "
            "or efSearch.",
        ),
        section(
            "Memory and build",
            _memory(figures.rows),
            "Index: what has to stay in memory. Own and mapped: growth of the process until all queries were answered; "
            "other processes share mapped pages, and the system can free them.",
        ),
        section(
            "Vectors",
            _vectors(records),
            "Median cosine between a query and its nearest paragraph, and the time to draw the vectors and find true "
            "neighbours.",
        ),
        section("Not measured", _skipped(figures)),
    ]
    write_parts(path, parts)
    write_chart(path.with_name("scaling.png"), figures.rows)


def _source(records: Records) -> str:
    source, fit = records.source, records.source.fit
    return (
        f"Vectors are drawn around {source.real:,} real ones of {source.dim} dimensions ({source.language}) with "
        f"a noise factor of {fit.spread:g}: among as many synthetic vectors as real ones, the median cosine to "
        f"the nearest other one is {fit.synthetic_median:.4f}, among the real ones {fit.real_median:.4f}. "
        f"Queries are drawn around held-out real vectors; {source.headlines:,} headlines are a check on them."
    )


def _search(rows: Sequence[Row]) -> list[list[str]]:
    head = ["kind", "paragraphs", "search parameter", "p50", "p99", "p50 again", "p99 again", "recall@10"]
    return [[*head, "recall@10, headlines"]] + [
        [
            row.kind,
            f"{row.size:,}",
            str(row.effort) if row.effort else "-",
            *(f"{ms:,.2f}" for ms in (row.first_p50_ms, row.first_p99_ms, row.again_p50_ms, row.again_p99_ms)),
            f"{row.recall_at_10:.4f}",
            f"{row.headline_recall_at_10:.4f}",
        ]
        for row in rows
    ]


def _memory(rows: Sequence[Row]) -> list[list[str]]:
    head = ["kind", "paragraphs", "build s", "bytes/vector", "index MiB", "own MiB", "mapped MiB"]
    return [head] + [
        [
            row.kind,
            f"{row.size:,}",
            "-" if row.build_s is None else f"{row.build_s:,.1f}",
            f"{row.bytes_per_vector:,.0f}",
            mib(row.index_bytes),
            mib(row.own_bytes),
            mib(row.mapped_bytes),
        ]
        for row in rows
    ]


def _vectors(records: Records) -> list[list[str]]:
    return [["paragraphs", "queries", "headlines", "s"]] + [
        [f"{file.size:,}", f"{file.query_median:.4f}", f"{file.headline_median:.4f}", f"{file.seconds:,.1f}"]
        for file in records.written
    ]


def _skipped(figures: Figures) -> list[list[str]]:
    return [["kind", "paragraphs", "reason"]] + [
        [skipped.kind, f"{skipped.size:,}", skipped.reason] for skipped in figures.skipped
    ]
