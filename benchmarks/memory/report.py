"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import mib, run_description, section, write_parts
from benchmarks.memory.figures import Figures, ServerMemory

CLIENTS = 16
"""Clients that put load on a server before its memory is read."""


def write_report(path: Path, figures: Figures, servers: Sequence[ServerMemory], run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    line = figures.line
    rows = [
        [
            f"{server.paragraphs:,}",
            str(server.workers),
            mib(server.pss_bytes),
            mib(server.private_bytes),
            mib(line.predicted(server.paragraphs)) if server.workers == 1 else "-",
        ]
        for server in servers
    ]
    parts = [
        "# Memory of a server",
        f"PSS of all processes of a server, after a load of {CLIENTS} clients. A server with one worker needs\n\n"
        f"    {line.base_bytes / 2**20:,.0f} MiB + {line.per_paragraph_bytes:,.0f} bytes x paragraphs\n\n"
        f"with an error of {line.most_off:.0%} at most, up to {line.largest:,} paragraphs.",
        run_description(run),
        section("Measured", [["paragraphs", "workers", "PSS MiB", "private MiB", "predicted MiB"], *rows]),
        section(
            "One more worker",
            [["paragraphs", "adds MiB"], *([f"{n:,}", mib(more)] for n, more in figures.per_worker_bytes.items())],
        ),
    ]
    write_parts(path, parts)
