"""Calls of third-party parsers, which can raise any exception on malformed input."""

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.sources.parsing.reject import UnreadableInput


class ParserError(UnreadableInput):
    """A third-party parser failed on its input; the message names the parser and its error, on one line."""


@contextmanager
def parsing_with(name: str) -> Iterator[None]:
    """Turn every exception of the parser `name` into a ParserError, so that one bad input does not stop a build.

    Put only the call of the parser into the block: errors in khabar's own code must not be hidden.

    Raises:
        ParserError: the parser raised an exception; MemoryError is passed on as it is.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines()
        detail = f": {lines[0]}" if lines else ""
        raise ParserError(f"{name} cannot read it: {type(error).__name__}{detail}") from error
