"""Making a lexical index of documents that come one after the other."""

from array import array

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.index.lexical_index import MAX_POSITION, LexicalArrays, LexicalIndex
from indexer.snapshot.text.phrase_key import keys_of_folded
from indexer.snapshot.text.words import folded_words, raw_words

_GAP = 1
"""Positions between title and text, so that no phrase reaches over their border."""


def index_words(corpus: Corpus) -> LexicalIndex:
    """Return the lexical index of all paragraphs of a corpus."""
    writer = LexicalIndexWriter()
    for passage in corpus.passages():
        writer.add(passage.title, passage.text)
    return writer.finish()


class LexicalIndexWriter:
    """Collects documents in row order and makes an index of them; needs some 25 bytes of memory for each word."""

    def __init__(self) -> None:
        self._terms_of_raw = _TermsOfRawWords()
        self._terms = array("i")
        self._lengths = array("i")
        self._title_lengths = array("i")
        self._title: str | None = None
        self._title_terms: list[int] = []

    def add(self, title: str | None, text: str) -> None:
        """Append the document of the next paragraph: the title of its article, and its text."""
        if title != self._title:  # paragraphs of one article follow each other
            self._title, self._title_terms = title, self._terms_of(title or "")
        terms = [*self._title_terms, *self._terms_of(text)][: MAX_POSITION - _GAP]
        self._terms.extend(terms)
        self._lengths.append(len(terms))
        self._title_lengths.append(len(self._title_terms))

    def finish(self) -> LexicalIndex:
        """Return the index of all documents."""
        keys = keys_of_folded(self._terms_of_raw.folded)
        in_order = np.argsort(keys)
        place_of_term = np.empty(len(keys), dtype=np.int32)
        place_of_term[in_order] = np.arange(len(keys), dtype=np.int32)
        words = place_of_term[np.frombuffer(self._terms, dtype=np.intc)]
        lengths = np.array(self._lengths, dtype=np.int32)
        by_word = np.argsort(words, kind="stable")  # within a word, by row and then by position
        words, rows = words[by_word], np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[by_word]
        is_first = np.ones(len(words), dtype=np.bool_)
        is_first[1:] = (words[1:] != words[:-1]) | (rows[1:] != rows[:-1])
        first = np.flatnonzero(is_first)
        return LexicalIndex(
            LexicalArrays(
                keys=keys[in_order],
                starts=_starts(words[first], len(keys)),
                rows=rows[first],
                counts=np.diff(first, append=len(words)).astype(np.uint16),
                position_starts=_starts(words, len(keys)),
                positions=self._positions(lengths)[by_word],
                lengths=lengths,
            )
        )

    def _terms_of(self, text: str) -> list[int]:
        terms_of_raw = self._terms_of_raw
        return [term for raw in raw_words(text) for term in terms_of_raw[raw]]

    def _positions(self, lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.uint16]:
        """Return the position of each word in its document."""
        begins = np.cumsum(lengths) - lengths
        positions = np.arange(len(self._terms)) - np.repeat(begins, lengths)
        positions[positions >= np.repeat(np.array(self._title_lengths), lengths)] += _GAP
        return positions.astype(np.uint16)


class _TermsOfRawWords(dict[str, tuple[int, ...]]):
    """The numbers of the folded words of each word as it is written; `folded` has the words by number."""

    def __init__(self) -> None:
        super().__init__()
        self._number_of: dict[str, int] = {}

    @property
    def folded(self) -> list[str]:
        return list(self._number_of)

    def __missing__(self, raw: str) -> tuple[int, ...]:
        terms = tuple(self._number_of.setdefault(word, len(self._number_of)) for word in folded_words(raw))
        self[raw] = terms
        return terms


def _starts(words: npt.NDArray[np.int32], n_words: int) -> npt.NDArray[np.int64]:
    """Return where each word begins in an array in the order of words, and the end of the last one."""
    starts: npt.NDArray[np.int64] = np.concatenate([[0], np.cumsum(np.bincount(words, minlength=n_words))])
    return starts
