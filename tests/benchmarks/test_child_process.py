"""Functions in processes of their own: results, failures, limits."""

import os
import time

import pytest

from benchmarks.child_process import Apart, ChildError


def test_result_comes_back_from_another_process() -> None:
    assert Apart().run(os.getpid) != os.getpid()
    assert Apart(60).run(divmod, 7, 2) == (3, 1)


def test_error_and_death_are_told_apart_by_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChildError, match=r"ended with 1$"):
        Apart().run(int, "seven")
    assert "invalid literal" in capfd.readouterr().err
    with pytest.raises(ChildError, match=r"ended with -6$"):
        Apart().run(os.abort)


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(ChildError, match=r"longer than 0.5 s"):
        Apart(0.5).run(time.sleep, 600)
