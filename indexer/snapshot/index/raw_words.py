"""The words of many texts at once, as they are written, each known by a number.

A corpus has thirty times as many words as distinct ones, and making a string of every word is what costs most. So texts
are cut in an array of their code points, and only distinct words become strings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.text.words import RAW_WORD

_CODE_POINTS = 0x110000
_CODE_BYTES = 4
_BORDER = "\n"
"""Stands between texts and in no word."""


@dataclass(frozen=True, slots=True)
class RawWords:
    """The words of n texts, in order: those that `words.raw_words` gives for each.

    `distinct` has the code points of each distinct word, four bytes for each, the lowest first. `numbers`, shape
    (n_words,), int32, are the places of all words among them. `borders`, shape (n + 1,), int64: the words of text i are
    those from `borders[i]` to before `borders[i + 1]`.
    """

    distinct: Sequence[bytes]
    numbers: npt.NDArray[np.int32]
    borders: npt.NDArray[np.int64]


def raw_words_of(texts: Sequence[str]) -> RawWords:
    """Return the words of texts."""
    codes = np.frombuffer(_bytes_of(_BORDER.join(texts)), dtype="<u4")
    in_word = np.zeros(len(codes) + 2, dtype=np.bool_)  # with a border before the first text and after the last
    in_word[1:-1] = _stand_in_words()[codes]
    changes = np.flatnonzero(in_word[1:] != in_word[:-1])
    begins, ends = changes[::2], changes[1::2]
    text_begins = np.cumsum([0, *(len(text) + len(_BORDER) for text in texts)])
    distinct, numbers = _distinct(codes[in_word[1:-1]], ends - begins)
    return RawWords(distinct, numbers, np.searchsorted(begins, text_begins))


def _distinct(codes: npt.NDArray[np.uint32], lengths: npt.NDArray[np.int64]) -> tuple[list[bytes], npt.NDArray[Any]]:
    """Return the distinct words among words without borders, and which of them each is; `lengths` are code points."""
    from pyarrow import Array, binary, py_buffer  # most processes that import this module write no index

    borders = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths * _CODE_BYTES, out=borders[1:])
    words = Array.from_buffers(binary(), len(lengths), [None, py_buffer(borders), py_buffer(codes)])
    encoded = words.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy()


@cache
def _stand_in_words() -> npt.NDArray[np.bool_]:
    """Return for each code point whether it stands in words, shape (0x110000,)."""
    all_codes = np.arange(_CODE_POINTS, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    stand_in_words = np.zeros(_CODE_POINTS, dtype=np.bool_)
    for run in RAW_WORD.finditer(all_codes):
        stand_in_words[run.start() : run.end()] = True
    return stand_in_words


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-32-le", "surrogatepass")


def text_of(word: bytes) -> str:
    """Return a distinct word as text."""
    return word.decode("utf-32-le", "surrogatepass")
