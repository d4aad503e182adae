"""Cells, tables and parts of reports."""

from pathlib import Path

from benchmarks.harness.markdown import error_counts, mib, range_text, section, write_parts
from benchmarks.harness.statistics import MedianWithRange


def test_figure_has_its_range_in_brackets_and_a_missing_one_is_a_dash() -> None:
    assert range_text(None) == "-"
    assert range_text(MedianWithRange(1.234, 1.0, 2000.0, 3)) == "1.23 [1.00, 2,000.00]"


def test_table_has_its_first_row_as_head() -> None:
    assert (
        section("Title", [["a", "b"], ["1", "2"]], "Note.")
        == "## Title\n\nNote.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |"
    )


def test_table_without_rows_has_no_section(tmp_path: Path) -> None:
    write_parts(tmp_path / "report.md", ["# Report", section("Title", [["a", "b"]]), "End."])
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == "# Report\n\nEnd.\n"


def test_cells_of_errors_and_memory() -> None:
    assert error_counts({"timeout": 1_200, "connect": 3, "closed": 0}) == "3 connect, 1,200 timeout"
    assert error_counts({"closed": 0}) == "0"
    assert (mib(3 * 2**30), mib(None)) == ("3,072", "-")
