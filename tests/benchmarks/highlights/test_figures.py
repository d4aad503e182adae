"""Figures and report of highlights, on hand-made records."""

from pathlib import Path

import pytest

from benchmarks.highlights.figures import compute
from benchmarks.highlights.records import Case, Records
from benchmarks.highlights.report import write_report


def case(encoder: str, shown: int, ms: float, *, text_language: str = "ar", n_sentences: int = 4) -> Case:
    return Case("en", text_language, 3, n_sentences, encoder, 1, shown, ms)


CASES = [
    case("static", 1, 0.2),
    case("static", 1, 0.3),
    case("static", 0, 0.4, n_sentences=2),
    case("query", 1, 3.0),
    case("query", 1, 2.0),
    case("query", 1, 9.0, n_sentences=2),
]


def test_shares_of_right_sentences_and_times_are_those_of_each_encoder() -> None:
    (group,) = compute(Records(CASES)).groups
    assert (group.n, group.static, group.query) == (3, 2 / 3, 1)
    assert group.chance == (1 / 4 + 1 / 4 + 1 / 2) / 3
    assert group.ms_ratio == pytest.approx(0.1)


def test_languages_of_paragraphs_are_apart(tmp_path: Path) -> None:
    others = [case(name, 0, 1.0, text_language="en") for name in ("static", "query")]
    figures = compute(Records([*CASES, *others]))
    assert [(group.text_language, group.static) for group in figures.groups] == [("ar", 2 / 3), ("en", 0)]
    run = {
        "command": "c",
        "commit": "abc",
        "versions": {"khabar": "0"},
        "machine": {"cpu": "x", "cores": 2, "memory_gib": 8, "python": "3"},
    }
    write_report(tmp_path / "report.md", figures, Records([]), run)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| 3 | en | ar | 3 | 0.33 | 0.667 | 1.000 | 0.100 |" in text
