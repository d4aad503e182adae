"""Calls into parsers of others, which meet bytes that nobody has thought of before."""

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.sources.parsing.opened import Refused


class ParserFailed(Refused):
    """A parser has come to grief over its input; the message is the reason, on one line."""


@contextmanager
def parsing_with(name: str) -> Iterator[None]:
    """Turn whatever a parser raises into a refusal: a fault of its own is no reason to stop a build.

    Only calls to the parser belong into the block: faults of khabar's own are to come to light.

    Raises:
        ParserFailed: it has raised an error.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines()
        told = f": {lines[0]}" if lines else ""
        raise ParserFailed(f"{name} cannot read it: {type(error).__name__}{told}") from error
