"""Running one function in a process of its own, so that its memory is its own and its time has a limit."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class ChildError(RuntimeError):
    """The process came to nothing: it failed, was killed, or took too long."""


class Apart:
    """Runs functions, each in a new process; `limit_s` is the wall time that one may take."""

    def __init__(self, limit_s: float | None = None) -> None:
        self._limit_s = limit_s

    def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `work` returns; it and its arguments have to be picklable.

        Raises:
            ChildError: it raised an error (whose traceback is on standard error), was killed, for
                want of memory for one, or took longer than it may.
        """
        # Spawned, not forked: it must not begin with the threads and memory of this one.
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(sender, work, args, kwargs), daemon=True)
        process.start()
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


def _send(sender: Connection, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    sender.send(work(*args, **kwargs))
