"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import run_description, section, write_parts
from benchmarks.highlights.figures import Figures
from benchmarks.highlights.records import Records

_HEAD = [
    "words of the query", "query", "paragraph", "paragraphs", "by chance", "static encoder", "query encoder",
    "time, static / query encoder",
]  # fmt: skip


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    rows = [
        [
            str(group.n_words),
            group.query_language,
            group.text_language,
            str(group.n),
            f"{group.chance:.2f}",
            f"{group.static:.3f}",
            f"{group.query:.3f}",
            f"{group.ms_ratio:.3f}",
        ]
        for group in figures.groups
    ]
    parts = [
        "# Highlights",
        "Words in a row from one sentence of a paragraph are the query, and the paragraph is shown for it in either "
        "language. The figures are the shares of queries whose own sentence, or its translation, is highlighted: with "
        "the static encoder, as a store with one does, and with the query encoder, as other stores do. Paragraphs have "
        "three sentences or more, and as many in one language as in the other.",
        run_description(run),
        section("Right sentences", [_HEAD, *rows]),
    ]
    write_parts(path, parts)
