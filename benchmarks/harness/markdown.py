"""Sections, tables and cells of Markdown reports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.statistics import MedianWithRange


def write_parts(path: Path, parts: Sequence[str]) -> None:
    """Write the parts of a report that are not empty, with a blank line between them."""
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def section(title: str, rows: Sequence[Sequence[str]], note: str = "") -> str:
    """Return a heading and a table with the first row as its head, or nothing if no other row exists."""
    if len(rows) < 2:
        return ""
    head, *body = rows
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in body)]
    table = "\n".join(f"| {line} |" for line in lines)
    return f"## {title}\n\n{note}\n\n{table}" if note else f"## {title}\n\n{table}"


def range_text(figure: MedianWithRange | None, digits: int = 2) -> str:
    """Return a figure over rounds as "median [smallest, largest]", or a dash."""
    if figure is None:
        return "-"
    return f"{figure.median:,.{digits}f} [{figure.low:,.{digits}f}, {figure.high:,.{digits}f}]"


def error_counts(counts: Mapping[str, int]) -> str:
    """Return errors by kind in one cell."""
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()) if count) or "0"


def mib(n_bytes: float | None) -> str:
    """Return bytes as whole MiB, or a dash."""
    return "-" if n_bytes is None else f"{int(n_bytes) / 2**20:,.0f}"


def run_description(run: Mapping[str, Any]) -> str:
    """Return the paragraph with the command, versions, commit and machine of a run."""
    machine = run["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return (
        f"Repeat with:\n\n```sh\n{run['command']}\n```\n\n"
        f"{packages}; commit {run['commit']}. {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, Python {machine['python']}."
    )
