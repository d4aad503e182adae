"""The report shows the figures, and no section without figures."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.figures import Figures, compute
from benchmarks.quality.report import write_report
from benchmarks.quality.run import Record

RUN: dict[str, Any] = {
    "command": "python -m benchmarks.quality measure",
    "khabar": "1",
    "commit": "abc",
    "model": "m",
    "n_records": 4,
    "largest_pool": 12_345,
    "among_other_news": False,
}


def judged(pool: str, rank: int, variant: str = "neutral") -> Record:
    return Record(
        corpus="french",
        pool=pool,
        variant=variant,
        task="question",
        query="q",
        query_language="en",
        answer_languages=["fr"],
        grades={"a": 2},
        ranks={"a": rank},
        top=[("fr", 0.5, 0.99)],
        confident=True,
    )


@pytest.fixture
def figures() -> Figures:
    return compute([judged("mixed", 3), judged("alone", 1), judged("mixed", 7, "raw")])


def test_third_language_is_shown_among_others_and_alone(tmp_path: Path, figures: Figures) -> None:
    write_report(tmp_path / "report.md", figures, [], RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    section = text.split("## A third language")[1].split("##")[0]
    # rank 3 among others: 1 / log2(4); raw vectors have no pool of their own here, so they have no row
    assert "| french | en | neutral | 0.500 [0.500, 0.500] | 1.000 [1.000, 1.000] | 0.500 |" in section
    assert "raw" not in section
    judged_section = text.split("## Judged corpus")[1].split("##")[0]
    assert "| french, all | en | all | raw | 0.333" in judged_section
    assert "| french, all | en | all | neutral | 0.500" in judged_section
    assert judged_section.count("| neutral |") == 4  # all kinds and questions, all halves and the cross half


@pytest.mark.parametrize(("among", "said"), [(False, False), (True, True)])
def test_head_says_how_large_the_pools_were(tmp_path: Path, figures: Figures, *, among: bool, said: bool) -> None:
    write_report(tmp_path / "report.md", figures, [], {**RUN, "among_other_news": among})
    head = (tmp_path / "report.md").read_text(encoding="utf-8").split("##")[0]
    assert "largest pool 12,345 paragraphs" in head
    assert ("hidden among other news" in head) is said


def test_sections_without_figures_are_left_out(tmp_path: Path) -> None:
    write_report(tmp_path / "report.md", compute([judged("mixed", 1)]), [], RUN)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "A third language" not in text
    assert "No match" not in text


def test_a_blend_is_compared_with_the_order_by_relevance(tmp_path: Path) -> None:
    figures = compute([judged("mixed", 1, "hybrid"), judged("mixed", 3, "blend, 7 days")])
    write_report(tmp_path / "report.md", figures, [], RUN)
    section = (tmp_path / "report.md").read_text(encoding="utf-8").split("## Order by relevance and date")[1]
    assert (
        "| blend, 7 days | 0.500 [0.500, 0.500] | hybrid | 1.000 [1.000, 1.000] | -0.500 [-0.500, -0.500] |" in section
    )
