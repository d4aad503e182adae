"""Functions in child processes: results, failures, time limits."""

import os
import time

import pytest

from benchmarks.harness.child_process import ChildError, ChildProcess


def test_result_comes_back_from_another_process() -> None:
    assert ChildProcess().run(os.getpid) != os.getpid()
    assert ChildProcess(60).run(divmod, 7, 2) == (3, 1)


def test_error_and_death_have_different_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChildError, match=r"ended with 1$"):
        ChildProcess().run(int, "seven")
    assert "invalid literal" in capfd.readouterr().err
    with pytest.raises(ChildError, match=r"ended with -6$"):
        ChildProcess().run(os.abort)


def test_call_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ChildError, match=r"longer than 0.5 s"):
        ChildProcess(0.5).run(time.sleep, 600)
