"""Lists of numbers in options."""

import pytest
import typer

from benchmarks.harness.options import numbers, whole_numbers


def test_numbers_are_above_zero() -> None:
    assert numbers("1,2.5") == (1.0, 2.5)
    for wrong in ("a", "", "1,0", "-1"):
        with pytest.raises(typer.BadParameter, match="number"):
            numbers(wrong)


def test_whole_numbers_have_no_fraction() -> None:
    assert whole_numbers("1000,10") == (1000, 10)
    for wrong in ("1e3", "2.5", "0", "", "1,,2"):
        with pytest.raises(typer.BadParameter, match="number"):
            whole_numbers(wrong)
