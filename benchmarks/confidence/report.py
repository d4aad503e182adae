"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.confidence.figures import Figures, GroupFigures
from benchmarks.confidence.records import Records
from benchmarks.harness.markdown import run_description, section, write_parts

_HEAD = [
    "corpus", "query", "over", "right first hits", "confident", "subject absent", "confident",
    "only named", "confident", "area under ROC",
]  # fmt: skip


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Confidence",
        "Each query is searched for twice: with its answers, and without all articles on its subject. *Right first "
        "hits* should be confident, *subject absent* should not. *Only named*: all articles on the subject are left "
        "out, and some other paragraph has every word of a short query or of its translation. The area under the ROC "
        "curve is that of the margin, which needs no threshold.",
        run_description(run),
    ]
    for title, is_short in (("One to three words", True), ("Longer queries", False)):
        rows = [_row(group) for group in figures.groups if group.is_short is is_short]
        if rows:
            parts.append(section(title, [_HEAD, *rows]))
    write_parts(path, parts)


def _row(group: GroupFigures) -> list[str]:
    shares = (
        (group.n_right, group.right),
        (group.n_absent, group.absent),
        (group.n_named, group.named),
    )
    cells = [text for n, share in shares for text in (str(n), _shown(share, 2))]
    return [group.corpus, group.language, group.pool, *cells, _shown(group.auc, 3)]


def _shown(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"
