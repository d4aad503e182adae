"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import run_description, section, write_parts
from benchmarks.takedowns.figures import PROMISED_S, Figures, LoadFigures, LossFigures
from benchmarks.takedowns.records import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Takedowns",
        "First, the log of takedowns was lost under a service that had seen it: no article may be shown again, "
        "operators must be told, no other service may start, and all must be well when the log is back. Then articles "
        f"were taken down one after the other in a service of {records.load.workers} processes, while "
        f"{records.load.clients} clients asked for them by id and by title and versions were swapped. The raw records "
        "are in `records.json.gz`.",
        run_description(run),
        section("A lost log", _losses(figures.losses), "Numbers of trials; all but the first column should be 0."),
        section("Under load", _load(figures.load)),
    ]
    write_parts(path, parts)


def _losses(losses: Sequence[LossFigures]) -> list[list[str]]:
    head = ["log", "trials", "an article was shown again", "not noticed", "a service started", "not well afterwards"]
    return [
        head,
        *(
            [
                loss.kind,
                *(f"{n:,}" for n in (loss.trials, loss.shown_again, loss.unnoticed, loss.started, loss.not_restored)),
            ]
            for loss in losses
        ),
    ]


def _load(load: LoadFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["takedowns, swaps", f"{load.takedowns:,}, {load.swaps:,}"],
        ["answers", f"{load.answers:,}"],
        ["failed", f"{load.failed:,}"],
        ["with the article, before its takedown", f"{load.found_before:,}"],
        [f"with the article, more than {PROMISED_S:g} s after its takedown", f"{load.leaks_promised:,}"],
        ["with the article, after all processes had confirmed", f"{load.leaks_confirmed:,}"],
        ["takedowns that were not confirmed", f"{load.unconfirmed:,}"],
        ["from recording to confirmation, s: median (largest)", f"{load.confirmed_median_s} ({load.confirmed_most_s})"],
    ]
