"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.encoding.figures import Figures, Records
from benchmarks.harness.markdown import mib, range_text, run_description, section, write_parts


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    first = figures.encoders[0].query_encoder
    encoders = [
        [
            f"{one.queries} ({one.n_queries:,})",
            one.query_encoder,
            *(range_text(one.p50_ms, digits=3), range_text(one.p99_ms)),
            range_text(one.p50_ratio, digits=3),
        ]
        for one in figures.encoders
    ]
    builds = [
        [one.query_encoder, f"{one.seconds:.1f}", f"{one.query_encoder_s:.1f}", mib(one.peak_rss_bytes)]
        for one in records.builds
    ]
    n_queries = len(records.encodings[0].times_ms)
    parts = [
        "# Query encoders",
        f"{n_queries:,} queries, one after the other on one thread, the encoders in turns; "
        "medians over rounds, with the smallest and the largest round. The first builds begin without an export.",
        run_description(run),
        section("Encoding a query", [["queries", "query encoder", "p50 ms", "p99 ms", f"p50 / {first}"], *encoders]),
        section(
            "First build of a store",
            [["query encoder", "seconds", "of these for the query encoder", "peak memory MiB"], *builds],
        ),
    ]
    write_parts(path, parts)
