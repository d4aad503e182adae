"""Turns of threads: one runs Python code at a time, and gives the turn up only while it runs native code."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexer.snapshot.python_turn import native_code, python_turn

WAIT_S = 30
UNTIL_IT_WOULD_RUN_S = 0.2


def test_a_thread_waits_until_another_has_ended_its_turn() -> None:
    begun, may_end, ends = threading.Event(), threading.Event(), []

    def first() -> None:
        with python_turn():
            begun.set()
            may_end.wait(WAIT_S)
            ends.append("first")

    def second() -> None:
        with python_turn():
            ends.append("second")

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first)
        assert begun.wait(WAIT_S)
        later = pool.submit(second)
        with pytest.raises(TimeoutError):
            later.result(UNTIL_IT_WOULD_RUN_S)
        may_end.set()
        later.result(WAIT_S)
    assert ends == ["first", "second"]


def test_another_thread_has_its_turn_while_one_runs_native_code() -> None:
    in_native_code, other_had_turn = threading.Event(), threading.Event()

    def first() -> bool:
        with python_turn(), native_code():
            in_native_code.set()
            return other_had_turn.wait(WAIT_S)

    def second() -> None:
        assert in_native_code.wait(WAIT_S)
        with python_turn():
            other_had_turn.set()

    with ThreadPoolExecutor(2) as pool:
        went_on = pool.submit(first)
        pool.submit(second).result(WAIT_S)
        assert went_on.result(WAIT_S)


def test_after_native_code_a_thread_has_its_turn_again() -> None:
    ends: list[str] = []

    def other() -> None:
        with python_turn():
            ends.append("other")

    with ThreadPoolExecutor(1) as pool:
        with python_turn():
            with native_code():
                pass
            waits = pool.submit(other)
            with native_code(), native_code():  # a block within one has nothing more to give up
                waits.result(WAIT_S)
            waits = pool.submit(other)
            with pytest.raises(TimeoutError):
                waits.result(UNTIL_IT_WOULD_RUN_S)
            ends.append("this one")
        waits.result(WAIT_S)
    assert ends == ["other", "this one", "other"]


def test_an_error_ends_native_code_and_the_turn() -> None:
    with pytest.raises(ZeroDivisionError), python_turn(), native_code():
        raise ZeroDivisionError
    with python_turn():
        pass


def test_native_code_without_a_turn_just_runs() -> None:
    with python_turn(), ThreadPoolExecutor(1) as pool:  # as in commands and benchmarks, beside a thread that has it
        pool.submit(_run_native_code).result(WAIT_S)


def _run_native_code() -> None:
    with native_code():
        pass
