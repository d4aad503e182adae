"""From figures to a Markdown report. Nothing is computed here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.markdown import mib, section, setting
from benchmarks.scaling.figures import Figures, Row
from benchmarks.scaling.records import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the Markdown report of one run."""
    sections = [
        "# Index kinds by size\n\nSearches on one thread, at the least effort that khabar would be content with. The "
        f"raw records are in `records.json`.\n\n{setting(run)}\n\n{_source(records)}",
        section(
            "Search",
            _search(figures.rows),
            "p50 and p99 in milliseconds: of queries asked for the first time, and of the same ones once more. All "
            "kinds order their candidates by full vectors (float32) mapped from disk.",
        ),
        section(
            "Memory and build",
            _memory(figures.rows),
            "Index: what has to stay in memory. Own and mapped: by how much the process grew until all queries were "
            "answered; mapped pages are shared with other processes and can be taken back.",
        ),
        section(
            "Vectors",
            _vectors(records),
            "Median cosine of a query to its nearest paragraph, and the time to draw the vectors and find true "
            "neighbours.",
        ),
        section("Not measured", _skipped(figures)),
    ]
    path.write_text("\n\n".join(part for part in sections if part) + "\n", encoding="utf-8")


def _source(records: Records) -> str:
    source, fit = records.source, records.source.fit
    return (
        f"Vectors are drawn around {source.real:,} real ones of {source.dim} dimensions ({source.language}) with "
        f"noise of {fit.spread:g}: among as many synthetic vectors as real ones, the median cosine to the nearest "
        f"other one is {fit.synthetic_median:.4f}, among the real ones {fit.real_median:.4f}. Queries are drawn "
        f"around held-out real vectors; {source.headlines:,} headlines are a check on that."
    )


def _search(rows: Sequence[Row]) -> list[list[str]]:
    head = ["kind", "paragraphs", "effort", "p50", "p99", "p50 again", "p99 again", "recall@10", "recall@10, headlines"]
    return [head] + [
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
        [f"{found.size:,}", f"{found.query_median:.4f}", f"{found.headline_median:.4f}", f"{found.seconds:,.1f}"]
        for found in records.written
    ]


def _skipped(figures: Figures) -> list[list[str]]:
    return [["kind", "paragraphs", "why"]] + [
        [skipped.kind, f"{skipped.size:,}", skipped.reason] for skipped in figures.skipped
    ]
