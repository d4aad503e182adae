"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import mib, run_description, section, write_parts
from benchmarks.reading.figures import Figures, Rates
from benchmarks.reading.measurement import ReadingRun


def write_report(path: Path, figures: Figures, runs: Sequence[ReadingRun], run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    head = ["input", "articles", "paragraphs", *runs[0].seconds, "all", "near-duplicates"]
    head += ["s for near-duplicates of 100,000 articles", "peak MiB"]
    parts = [
        "# Reading, splitting and finding near-duplicates",
        "Paragraphs a second on one core, of each stage and of all stages together: everything that a build does to an "
        "article before its paragraphs are embedded. The peak is anonymous memory. From the smallest input to the "
        f"largest it grows by {figures.bytes_per_paragraph:,.0f} bytes for each additional paragraph.",
        run_description(run),
        section("Measured", [head, *map(_row, runs, figures.rates)]),
    ]
    write_parts(path, parts)


def _row(run: ReadingRun, rate: Rates) -> list[str]:
    return [
        run.input,
        f"{run.articles:,}",
        f"{run.paragraphs:,}",
        *(f"{per_s:,.0f}" for per_s in rate.by_stage.values()),
        f"{rate.overall:,.0f}",
        f"{run.copies:,}",
        f"{rate.copies_s_per_100k_articles:.1f}",
        mib(run.peak_bytes),
    ]
