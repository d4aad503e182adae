"""What the reader process says to the build: articles, rejects and the end of a file, as JSON.

It is no pickle on purpose: whoever takes over a parser with a hostile file must not be able to run code in the build.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.reject import Reject


@dataclass(frozen=True, slots=True)
class EndOfFile:
    """The reader is done with a file; `failure` says why it did not come to its end.

    `system_error` is an error of the machine, such as a broken disk. If `is_last`, the reader reads no other file.
    """

    failure: str | None = None
    system_error: str | None = None
    is_last: bool = False


Message = SourceArticle | Reject | EndOfFile

_ADAPTERS: dict[bytes, TypeAdapter[Message]] = {
    b"A": TypeAdapter(SourceArticle),
    b"R": TypeAdapter(Reject),
    b"E": TypeAdapter(EndOfFile),
}
_TAGS: dict[type[Message], bytes] = {SourceArticle: b"A", Reject: b"R", EndOfFile: b"E"}


def encode_message(message: Message) -> bytes:
    """Return a message as bytes: one letter for its kind, then JSON.

    Raises:
        ValueError: an article holds what JSON cannot hold.
    """
    tag = _TAGS[type(message)]
    return tag + _ADAPTERS[tag].dump_json(message)


def decode_message(content: bytes) -> Message:
    """Return the message of some bytes.

    Raises:
        ValueError: they are no message.
    """
    adapter = _ADAPTERS.get(content[:1])
    if adapter is None:
        raise ValueError("no message of a reader")
    return adapter.validate_json(content[1:])
