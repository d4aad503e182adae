"""The Markdown report of one run. All figures come from `figures.py`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import run_description, section, write_parts
from benchmarks.soak.damage import Damage
from benchmarks.soak.figures import Figures, SwapFigures
from benchmarks.soak.kills import Kill
from benchmarks.soak.records import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Soak: kills, damage, swaps under load",
        "After each kill, `khabar index verify` had to accept the published version, no cached vector could be "
        "missing, and the next build had to succeed without help and embed only texts that had not been embedded. "
        "After each damage, `khabar index verify` had to fail and name the file; builds had to write query encoders "
        f"again and do without a damaged cache. {records.swaps.clients} clients sent one request after the other; "
        "every answer had to be that of the version that it names. The raw records are in `records.json.gz`.",
        run_description(run),
        _earlier(run.get("earlier")),
        section("Summary", _summary(figures)),
        section("Swaps", _swaps(figures.swaps)),
        section("Moments of kills", _kill_moments(records.kills), "By the last line that the build had printed."),
        section("Damage", _damages(records.damages)),
    ]
    write_parts(path, parts)


def _summary(figures: Figures) -> list[list[str]]:
    kills, damages, swaps = figures.kills, figures.damages, figures.swaps
    return [
        ["", "n", "failures"],
        ["builds killed at a random moment, every second one with new articles", f"{kills.kills:,}", f"{kills.lost:,}"],
        ["files damaged, each in three ways", f"{damages.damages:,}", f"{damages.unnoticed:,}"],
        ["requests while versions were swapped: failed", f"{swaps.requests:,}", f"{swaps.failed:,}"],
        ["the same requests: answers that are not whole", f"{swaps.requests:,}", f"{swaps.torn:,}"],
    ]


def _swaps(swaps: SwapFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["swaps", f"{swaps.swaps:,}"],
        ["requests during a swap", f"{swaps.during:,}"],
        ["p50 between swaps, ms", f"{swaps.p50_ms:.1f}"],
        ["p99 between swaps, ms", f"{swaps.p99_ms:.1f}"],
        ["p99 during a swap, ms", f"{swaps.p99_during_ms:.1f}"],
        ["p99 during / between", f"{swaps.ratio:.2f}"],
        ["from publishing to the first answer, s: median (largest)", f"{swaps.shown_median_s} ({swaps.shown_most_s})"],
    ]


def _earlier(run: Mapping[str, Any] | None) -> str:
    """Return the runs of the parts that were not repeated, the latest run first."""
    runs = []
    while run:
        runs.append(f"`{run['command']}`, commit {run['commit']}")
        run = run.get("earlier")
    return f"The other parts come from earlier runs: {'; '.join(runs)}." if runs else ""


def _kill_moments(kills: Sequence[Kill]) -> list[list[str]]:
    counts = Counter("(the build had ended)" if kill.ended_before else _without_numbers(kill.told) for kill in kills)
    return [["last line", "kills"], *([line, f"{n:,}"] for line, n in sorted(counts.items()))]


def _without_numbers(line: str) -> str:
    """Return a line without words that contain digits, so that lines that differ only in numbers are equal."""
    return " ".join(word for word in line.split() if not any(map(str.isdigit, word))) or "(none)"


def _damages(damages: Sequence[Damage]) -> list[list[str]]:
    head = ["file", "damage", "noticed, or build succeeded without it", "written again by the next build"]
    text = {None: "-", True: "yes", False: "NO"}
    return [head, *([one.file, one.how, text[one.noticed], text[one.mended]] for one in damages)]
