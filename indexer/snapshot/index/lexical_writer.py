"""Making a lexical index of documents that come one after the other."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, get_index_dtype

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.index.lexical_index import MAX_POSITION, LexicalArrays, LexicalIndex
from indexer.snapshot.index.raw_words import RawWords, raw_words_of, text_of
from indexer.snapshot.text.phrase_key import keys_of_folded
from indexer.snapshot.text.words import folded_words

_GAP = 1
"""Positions between title and text, so that no phrase reaches over their border."""

_BATCH_CHARS = 1 << 22
"""Code points of documents that are cut into words together; their arrays take some 100 MB."""


def index_words(corpus: Corpus) -> LexicalIndex:
    """Return the lexical index of all paragraphs of a corpus."""
    writer = LexicalIndexWriter()
    for passage in corpus.passages():
        writer.add(passage.title, passage.text)
    return writer.finish()


def index_words_of_shards(
    corpus: Corpus, shard_of_article: npt.NDArray[np.uint16], n_shards: int
) -> Iterator[LexicalIndex]:
    """Yield the lexical index of each shard's paragraphs; `shard_of_article` has shape (n_articles,)."""
    writers = [LexicalIndexWriter() for _ in range(n_shards)]
    shards = shard_of_article.take(corpus.columns.article_of_paragraph).tolist()
    for shard, passage in zip(shards, corpus.passages(), strict=True):
        writers[shard].add(passage.title, passage.text)
    while writers:
        yield writers.pop(0).finish()


class LexicalIndexWriter:
    """Collects documents in row order and makes an index of them; needs at most 60 bytes of memory for each word."""

    def __init__(self) -> None:
        self._terms_of_raw = _TermsOfRawWords()
        self._texts: list[str] = []
        self._n_chars = 0
        self._terms = [np.empty(0, dtype=np.int32)]
        self._positions = [np.empty(0, dtype=np.uint16)]
        self._lengths = [np.empty(0, dtype=np.int32)]

    def add(self, title: str | None, text: str) -> None:
        """Append the document of the next paragraph: the title of its article, and its text."""
        self._texts += (title or "", text)
        self._n_chars += len(self._texts[-2]) + len(text)
        if self._n_chars >= _BATCH_CHARS:
            self._add_batch()

    def finish(self) -> LexicalIndex:
        """Return the index of all documents."""
        self._add_batch()
        keys = keys_of_folded(self._terms_of_raw.folded)
        in_order = np.argsort(keys)
        place_of_term = np.empty(len(keys), dtype=np.int32)
        place_of_term[in_order] = np.arange(len(keys), dtype=np.int32)
        words = place_of_term[np.concatenate(self._terms)]
        positions = np.concatenate(self._positions)
        lengths = np.concatenate(self._lengths)
        # An inverted index is a matrix of documents and words, read by word. Words stay in order of row and position.
        begins = _borders(lengths).astype(get_index_dtype(maxval=len(words)))
        by_word = csr_array((positions, words, begins), shape=(len(lengths), len(keys))).tocsc()
        rows, position_starts = by_word.indices, by_word.indptr.astype(np.int64)
        is_first = np.ones(len(words), dtype=np.bool_)
        is_first[1:] = rows[1:] != rows[:-1]
        is_first[position_starts[:-1]] = True
        first = np.flatnonzero(is_first)
        return LexicalIndex(
            LexicalArrays(
                keys=keys[in_order],
                starts=np.searchsorted(first, position_starts),
                rows=rows[first].astype(np.int32),
                counts=np.diff(first, append=len(words)).astype(np.uint16),
                position_starts=position_starts,
                positions=by_word.data,
                lengths=lengths,
            )
        )

    def _add_batch(self) -> None:
        """Cut the documents that wait into words, and keep the words as numbers of terms, with their positions."""
        raw = raw_words_of(self._texts)
        self._texts, self._n_chars = [], 0
        terms, term_borders = self._terms_of(raw)
        borders = term_borders[raw.borders]  # where titles and texts begin, in turns
        begins, lengths, title_lengths = borders[:-1:2], np.diff(borders[::2]), np.diff(borders)[::2]
        positions = np.arange(len(terms)) - np.repeat(begins, lengths)
        is_kept = positions < MAX_POSITION - _GAP
        positions[positions >= np.repeat(title_lengths, lengths)] += _GAP
        self._terms.append(terms[is_kept])
        self._positions.append(positions[is_kept].astype(np.uint16))
        self._lengths.append(np.minimum(lengths, MAX_POSITION - _GAP).astype(np.int32))

    def _terms_of(self, raw: RawWords) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return the terms of all words, one after the other, int32, and where those of each word begin and end.

        Nearly every word gives one term. A sign of its own gives none, and one sign may stand for several words.
        """
        of_distinct = [self._terms_of_raw[word] for word in raw.distinct]
        n_terms = np.fromiter(map(len, of_distinct), dtype=np.int64, count=len(of_distinct))
        distinct_terms = np.fromiter(chain.from_iterable(of_distinct), dtype=np.int32, count=n_terms.sum())
        counts = n_terms[raw.numbers]
        borders = _borders(counts)
        first_places = (_borders(n_terms)[:-1])[raw.numbers] - borders[:-1]
        return distinct_terms[np.repeat(first_places, counts) + np.arange(borders[-1])], borders


class _TermsOfRawWords(dict[bytes, tuple[int, ...]]):
    """The numbers of the folded words of each word as it is written; `folded` has the words by number."""

    def __init__(self) -> None:
        super().__init__()
        self._number_of: dict[str, int] = {}

    @property
    def folded(self) -> list[str]:
        return list(self._number_of)

    def __missing__(self, raw: bytes) -> tuple[int, ...]:
        number_of = self._number_of
        terms = tuple([number_of.setdefault(word, len(number_of)) for word in folded_words(text_of(raw))])
        self[raw] = terms
        return terms


def _borders(lengths: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    """Return where parts of these lengths begin that follow each other, and where the last one ends."""
    borders = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=borders[1:])
    return borders
