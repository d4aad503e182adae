"""From bytes to text: a declared encoding is used only where the bytes fit it.

Arabic pages come in UTF-8, windows-1256 and ISO-8859-6; the encoding that they declare may be missing or wrong.
Some come as mojibake: UTF-8 that was decoded as windows-1252 or windows-1256 and encoded again.
"""

import codecs
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import ftfy
from charset_normalizer import from_bytes
from ftfy.badness import is_bad

from indexer.sources.parsing.reject import UnreadableInput

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 2**16

# Words that nearly every long Arabic text has: "in", "from", "on", "to", "that", "which", "with", "about".
_COMMON_ARABIC = re.compile(r"(?<!\w)(?:في|من|على|إلى|الى|أن|ان|التي|الذي|مع|عن)(?!\w)")
_ARABIC_LETTER = re.compile("[\u0621-\u064a]")
_ARABIC_ENCODINGS = ("windows-1256", "iso-8859-6")

# UTF-8 of Arabic letters that was decoded as windows-1256: each letter begins with the byte D8 or D9,
# which windows-1256 decodes as "ط" or "ظ". Correct Arabic text never has four such pairs in a row.
_ARABIC_MOJIBAKE = re.compile("(?:[طظ][^\\s\\w]|[طظ][\u0600-\u06ffŒœˆƒ]){4,}")

# UTF-8 that was decoded as windows-1252: each letter beyond ASCII begins with one of these; few correct texts have any.
_LATIN_MOJIBAKE_START = re.compile("[\u00c2-\u00f4]")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A text, and the encoding that its bytes were in."""

    text: str
    encoding: str


class UndecodableText(UnreadableInput):
    """Bytes that are not text in any known encoding; the message is the reason, on one line."""


def decode(content: bytes, declared: str | None = None) -> DecodedText:
    """Return bytes as text.

    The first of these that fits: the encoding of a byte order mark; UTF-8; an Arabic encoding, if decoding with it
    gives common Arabic words; the encoding `declared`; the encoding that charset-normalizer detects.

    Raises:
        UndecodableText: none of them fits.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        return DecodedText(content.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            # Cut in the middle of a letter, or with a stray byte: it is still UTF-8 if most of it is.
            if _is_mostly_utf_8(content, error.start):
                return DecodedText(content.decode("utf-8", "replace"), "utf-8")
            decoded = _decode_as_arabic(content) or _decode_as_any(content, (declared, _detected_encoding(content)))
            if decoded is not None:
                return decoded
        byte = f"byte {content[error.start]:#04x} at offset {error.start}"
        raise UndecodableText(f"not text in any known encoding: {byte}") from error


def repair_mojibake(text: str) -> tuple[str, bool]:
    """Return a text without mojibake, and whether it was mojibake.

    UTF-8 that was decoded as windows-1252 or windows-1256 is decoded again; any other text is returned unchanged.
    """
    if text.isascii():
        return text, False
    if _ARABIC_MOJIBAKE.search(text):
        with suppress(UnicodeError):
            return text.encode("windows-1256").decode("utf-8"), True
    fixed = ftfy.fix_encoding(text) if _LATIN_MOJIBAKE_START.search(text) and is_bad(text) else text
    return fixed, fixed != text


def _is_mostly_utf_8(content: bytes, error_start: int) -> bool:
    """Whether only a few bytes are not UTF-8, and it has letters beyond ASCII that are."""
    # Around the first such byte: pages often begin with thousands of bytes of scripts in ASCII.
    sample = content[max(0, error_start - _SAMPLE_BYTES) : error_start + _SAMPLE_BYTES]
    text = sample.decode("utf-8", "replace")
    n_wrong, n_beyond_ascii = text.count("\ufffd"), sum(char > "\x7f" for char in text)
    return n_beyond_ascii > 0 and n_wrong * 50 < n_beyond_ascii


def _decode_as_arabic(content: bytes) -> DecodedText | None:
    """Return the text in the Arabic encoding that gives the most common Arabic words, if one gives enough."""
    best: tuple[int, DecodedText] | None = None
    for encoding in _ARABIC_ENCODINGS:
        text = content[:_SAMPLE_BYTES].decode(encoding, "replace")
        n_words = len(_COMMON_ARABIC.findall(text)) - text.count("\ufffd")
        enough = n_words >= 2 or (n_words >= 1 and len(_ARABIC_LETTER.findall(text)) < 200)
        if enough and (best is None or n_words > best[0]):
            best = n_words, DecodedText(content.decode(encoding, "replace"), encoding)
    return best[1] if best else None


def _decode_as_any(content: bytes, encodings: Iterable[str | None]) -> DecodedText | None:
    """Return the text in the first of the encodings that exists and fits; None means an unknown one."""
    for encoding in filter(None, encodings):
        with suppress(LookupError, ValueError):  # not the name of an encoding, or the bytes do not fit it
            return DecodedText(content.decode(encoding), codecs.lookup(encoding).name)
    return None


def _detected_encoding(content: bytes) -> str | None:
    best = from_bytes(content[:_SAMPLE_BYTES]).best()
    return best.encoding if best is not None else None
