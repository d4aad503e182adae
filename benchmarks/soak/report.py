"""The report of a soak, in Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.markdown import section, setting
from benchmarks.soak.damage import Damage
from benchmarks.soak.figures import DamageFigures, KillFigures, SwapFigures
from benchmarks.soak.kills import Kill


def write_report(
    path: Path,
    killed: KillFigures,
    damaged: DamageFigures,
    swapped: SwapFigures,
    kills: Sequence[Kill],
    damages: Sequence[Damage],
    clients: int,
    run: Mapping[str, Any],
) -> None:
    """Write figures and what they were computed from."""
    summary = [
        ["", "n", "amiss"],
        ["builds killed at a random moment, every second one with news", f"{killed.kills:,}", f"{killed.lost:,}"],
        ["files damaged, each in three ways", f"{damaged.damages:,}", f"{damaged.unnoticed:,}"],
        ["requests while versions were swapped: failed", f"{swapped.requests:,}", f"{swapped.failed:,}"],
        ["the same: answers that are not whole", f"{swapped.requests:,}", f"{swapped.torn:,}"],
    ]
    swaps = [
        ["", ""],
        ["swaps", f"{swapped.swaps:,}"],
        ["requests during a swap", f"{swapped.during:,}"],
        ["p50 between swaps, ms", f"{swapped.p50_ms:.1f}"],
        ["p99 between swaps, ms", f"{swapped.p99_ms:.1f}"],
        ["p99 during a swap, ms", f"{swapped.p99_during_ms:.1f}"],
        ["p99 during / between", f"{swapped.ratio:.2f}"],
        ["from publishing to the first answer, s: median (most)", f"{swapped.shown_median_s} ({swapped.shown_most_s})"],
    ]
    parts = [
        "# Soak: kills, damage, swaps under load",
        "After each kill, `khabar index verify` had to pass on what was published, no cached vector could be missing, "
        "and a build right after had to succeed with no other help and embed only what had not been embedded. After "
        "each damage, `khabar index verify` had to fail and name the file; builds had to write query encoders anew and "
        f"do without a damaged cache. {clients} clients asked, each one request after the other; every answer had to "
        "be that of the version it names. The raw records are in `records.json.gz`.",
        setting(run),
        _earlier(run.get("earlier")),
        section("Summary", summary),
        section("Swaps", swaps),
        section("Where builds were killed", _told(kills), "By the last line that the build had printed."),
        section("Damage", _damages(damages)),
    ]
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _earlier(run: Mapping[str, Any] | None) -> str:
    """Return where the parts come from that were not repeated, the latest run first."""
    runs = []
    while run:
        runs.append(f"`{run['command']}`, commit {run['commit']}")
        run = run.get("earlier")
    return f"The other parts are those of earlier runs: {'; '.join(runs)}." if runs else ""


def _told(kills: Sequence[Kill]) -> list[list[str]]:
    counts = Counter("the build had ended" if kill.ended_before else _kind(kill.told) for kill in kills)
    return [["build had told", "kills"], *([told, f"{n:,}"] for told, n in sorted(counts.items()))]


def _kind(told: str) -> str:
    """Return a line without its numbers, so that equal ones are counted together."""
    return " ".join(word for word in told.split() if not any(map(str.isdigit, word))) or "nothing yet"


def _damages(damages: Sequence[Damage]) -> list[list[str]]:
    head = ["file", "damage", "noticed, or done without", "written anew by the next build"]
    shown = {None: "-", True: "yes", False: "NO"}
    return [
        head,
        *([one.file, one.how, shown[one.noticed], shown[one.mended]] for one in damages),
    ]
