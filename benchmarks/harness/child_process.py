"""Running one function in a child process, which has its own memory and may have a time limit."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

from benchmarks.harness.errors import BenchmarkError

P = ParamSpec("P")
R = TypeVar("R")


class ChildError(BenchmarkError):
    """The child process gave no result: it failed, was killed, or exceeded its time limit."""


class ChildProcess:
    """Runs functions, each in a new process; `limit_s` is the wall time that one call may take."""

    def __init__(self, limit_s: float | None = None) -> None:
        self._limit_s = limit_s

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `work` returns; the function, its arguments and its result must be picklable.

        Raises:
            ChildError: `work` raised an error (its traceback is on standard error), the process was
                killed, for example because memory ran out, or it exceeded the time limit.
        """
        # Spawned, not forked: the child must not start with the threads and memory of this process.
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(sender, work, args, kwargs))
        process.start()  # no daemon, which could not start a reader of sources; the end of this method kills it
        sender.close()
        try:
            if not receiver.poll(self._limit_s):
                raise ChildError(f"it took longer than {self._limit_s:g} s")
            result: R = receiver.recv()
        except EOFError as error:
            process.join()
            raise ChildError(f"its process ended with {process.exitcode}") from error
        finally:
            process.kill()
            process.join()
            receiver.close()
        return result


def _send(sender: Connection, work: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    sender.send(work(*args, **kwargs))
