"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.events.articles import Titles
from benchmarks.events.figures import BCubed, Figures, PairScores, RuleFigures
from benchmarks.events.records import Records
from benchmarks.harness.markdown import run_description, section, write_parts

_HEAD = ["precision", "judged", "recall", "B³ precision", "B³ recall", "B³ F1"]
_TITLES = {
    Titles.BOTH: "Both halves have the title of their document",
    Titles.ENGLISH: "The Arabic half has no title, so that no sentence is a translation of another",
}


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    across, within = figures.chosen
    parts = [
        "# Events in two languages",
        f"The first half of each of {figures.n_documents} documents in English and its second half in Arabic are "
        f"hidden among {figures.n_other_news:,} articles of other news, all of one day. *Precision* is the share of "
        "the pairs in two languages that are halves of one document, among those with a half of a document; *judged* "
        "also counts pairs of two documents that report the same event; *recall* is the share of the documents whose "
        "halves are one event. B-cubed compares events with documents. Margins were chosen on every other document; "
        "the figures of the remaining ones come second. "
        f"A build uses the margins {across:g} across languages and {within:g} within one.",
        run_description(run),
    ]
    for titles, heading in _TITLES.items():
        rules = [rule for rule in figures.rules if rule.titles is titles]
        by_across = [rule for rule in rules if rule.margin_within == within]
        by_within = sorted((rule for rule in rules if rule.margin_across == across), key=lambda one: one.margin_within)
        parts += [
            f"## {heading}",
            _table("Margin across languages", by_across, "margin_across"),
            _table("Margin within a language", by_within, "margin_within"),
        ]
    rows = [[f"{one.articles:,}", str(one.days), f"{one.cpu_s:.1f}", f"{one.wall_s:.1f}"] for one in figures.times]
    parts.append(section("Time", [["synthetic articles", "days", "CPU s", "wall s"], *rows]))
    write_parts(path, parts)


def _table(title: str, rules: Sequence[RuleFigures], margin: str) -> str:
    head = ["margin", *_HEAD, *(f"held out: {name}" for name in _HEAD), "pairs of other news"]
    rows = [
        [f"{getattr(rule, margin):g}", *_cells(*rule.chosen_on), *_cells(*rule.held_out), str(rule.other_news)]
        for rule in rules
    ]
    return section(title, [head, *rows]).replace("## ", "### ", 1)


def _cells(pairs: PairScores, b_cubed: BCubed) -> list[str]:
    values = (pairs.precision, pairs.judged_precision, pairs.recall, b_cubed.precision, b_cubed.recall, b_cubed.f1)
    return [f"{value:.3f}" for value in values]
