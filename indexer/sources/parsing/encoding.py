"""From bytes to text: what they say they are is believed only where it can be true.

Arabic pages come in UTF-8, windows-1256 and ISO-8859-6, declared, undeclared and wrongly declared;
and some come as UTF-8 that was once read as windows-1252 or windows-1256 and written again.
"""

import codecs
import re
from dataclasses import dataclass

import ftfy
from charset_normalizer import from_bytes
from ftfy.badness import is_bad

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 2**16

# Words that every Arabic text of some length has: "in", "from", "on", "to", "that", "which", "with", "about".
_COMMON_ARABIC = re.compile(r"(?<!\w)(?:في|من|على|إلى|الى|أن|ان|التي|الذي|مع|عن)(?!\w)")
_ARABIC_LETTER = re.compile("[\u0621-\u064a]")
_ARABIC_ENCODINGS = ("windows-1256", "iso-8859-6")

# How UTF-8 of Arabic letters looks when read as windows-1256: each letter begins with one of two bytes,
# D8 or D9, which are "ط" and "ظ" there. No Arabic text has so many of them side by side.
_DOUBLED = re.compile("(?:[طظ][^\\s\\w]|[طظ][\u0600-\u06ffŒœˆƒ]){4,}")


_FIRST_BYTE = re.compile("[\u00c2-\u00f4]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and the encoding it was in."""

    text: str
    encoding: str


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Return bytes as text.

    In this order: a byte order mark; UTF-8, which nothing else looks like; an Arabic encoding, where
    reading in it gives common Arabic words; what is declared; what charset-normalizer makes of it.

    Raises:
        UnicodeDecodeError: they are no text in any encoding.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return Decoded(content.decode(encoding), encoding)
    try:
        return Decoded(content.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of a letter, or with a stray byte: still UTF-8, where most of it is.
        if _almost_utf_8(content, error):
            return Decoded(content.decode("utf-8", "replace"), "utf-8")
        not_utf_8 = error
    arabic = _as_arabic(content)
    if arabic is not None:
        return arabic
    for candidate in filter(None, (declared, _guessed(content))):
        try:
            return Decoded(content.decode(candidate), codecs.lookup(candidate).name)
        except (LookupError, ValueError):  # no such encoding, no name of one, or not in it
            continue
    raise not_utf_8


def repair(text: str) -> tuple[str, bool]:
    """Return a text as it was meant, and whether it had to be repaired.

    UTF-8 that was read as windows-1252 or windows-1256 is read again; anything else stays as it is.
    """
    if text.isascii():
        return text, False
    if _DOUBLED.search(text):
        try:
            again = text.encode("windows-1256").decode("utf-8")
        except UnicodeError:
            pass
        else:
            return again, True
    # Every letter of UTF-8 beyond ASCII begins with one of these when read as windows-1252; few texts have any.
    fixed = ftfy.fix_encoding(text) if _FIRST_BYTE.search(text) and is_bad(text) else text
    return fixed, fixed != text


def _almost_utf_8(content: bytes, error: UnicodeDecodeError) -> bool:
    """Whether only a few bytes are not UTF-8, and it has letters beyond ASCII that are."""
    # Around the first such byte: pages often begin with thousands of bytes of scripts in ASCII.
    sample = content[max(0, error.start - _SAMPLE_BYTES) : error.start + _SAMPLE_BYTES]
    text = sample.decode("utf-8", "replace")
    wrong, others = text.count("\ufffd"), sum(char > "\x7f" for char in text)
    return others > 0 and wrong * 50 < others


def _as_arabic(content: bytes) -> Decoded | None:
    """Return a text in an Arabic encoding, where one of them gives the words that Arabic is full of."""
    best: tuple[int, Decoded] | None = None
    for encoding in _ARABIC_ENCODINGS:
        text = content[:_SAMPLE_BYTES].decode(encoding, "replace")
        words = len(_COMMON_ARABIC.findall(text)) - text.count("\ufffd")
        enough = words >= 2 or (words >= 1 and len(_ARABIC_LETTER.findall(text)) < 200)
        if enough and (best is None or words > best[0]):
            best = words, Decoded(content.decode(encoding, "replace"), encoding)
    return best[1] if best else None


def _guessed(content: bytes) -> str | None:
    found = from_bytes(content[:_SAMPLE_BYTES]).best()
    return found.encoding if found is not None else None
