"""Tables and sections of Markdown reports."""

from collections.abc import Mapping, Sequence
from typing import Any


def section(title: str, rows: Sequence[Sequence[str]], note: str = "") -> str:
    """Return a heading with a table below it, the first row its head; nothing where there is no row."""
    if len(rows) < 2:
        return ""
    head, *body = rows
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(row) for row in body)]
    table = "\n".join(f"| {line} |" for line in lines)
    return f"## {title}\n\n{note}\n\n{table}" if note else f"## {title}\n\n{table}"


def errors(counts: Mapping[str, int]) -> str:
    """Return errors by kind in one cell."""
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()) if count) or "0"


def mib(n_bytes: int | None) -> str:
    """Return bytes as whole MiB, or a dash."""
    return "-" if n_bytes is None else f"{n_bytes / 2**20:,.0f}"


def setting(run: Mapping[str, Any]) -> str:
    """Return the paragraph that says how a run was made, from its description."""
    machine = run["machine"]
    packages = ", ".join(f"{name} {found}" for name, found in run["versions"].items())
    return (
        f"Repeat with:\n\n```sh\n{run['command']}\n```\n\n"
        f"{packages}; commit {run['commit']}. {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, Python {machine['python']}."
    )
