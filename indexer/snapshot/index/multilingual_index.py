"""The vectors of all paragraphs: one index for each language.

Cosines of one pair of languages have a larger deviation than those of another: a query and a paragraph in the same
language have more in common by chance. Each language therefore has an index of its own, and its cosines are scaled by
its pair of languages before the languages are merged (`search/fuse.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import Mask, Rows

LanguageMasks = Mapping[str, Mask]
"""For each language, which of its paragraphs pass a filter, in the order of their rows."""


class LanguageIndex(Protocol):
    """The vectors of one language, in one `VectorIndex`, which says more, or in one for each shard."""

    @property
    def record(self) -> IndexRecord:
        """How they are searched, and how well."""

    @property
    def size(self) -> int:
        """Number of vectors."""

    @property
    def first_tier(self) -> int:
        """How many rows are in order without searching a second tier, if no filter leaves fewer."""

    @property
    def vectors(self) -> FloatArray:
        """All vectors, shape (n, dim), float32, unit norm; read-only, and a copy where they are divided."""

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),)."""

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some vectors with one of unit norm, shape (n,), rounded as scores are."""


class MultilingualIndex:
    """One index for each language.

    `indexes` has the index of each language, `rows` the paragraph rows of each, in order: vector n of a
    language is the paragraph at `rows[language][n]`. `places`, shape (size,), int32, is the other direction: the number
    of each paragraph's vector in the index of its language. `size` is the number of all paragraphs.
    """

    def __init__(self, indexes: Mapping[str, LanguageIndex], languages: npt.NDArray[np.str_]) -> None:
        """Take one index for each language that occurs in `languages`, shape (n_paragraphs,).

        Raises:
            ValueError: an index has another number of vectors than its language has paragraphs.
        """
        self.indexes = dict(sorted(indexes.items()))
        self.rows: dict[str, Rows] = {language: np.flatnonzero(languages == language) for language in self.indexes}
        self.size = len(languages)
        sizes = {language: index.size for language, index in self.indexes.items()}
        if sizes != {language: len(rows) for language, rows in self.rows.items()} or sum(sizes.values()) != self.size:
            raise ValueError(f"the index has {sizes} vectors, the corpus {self.size} paragraphs")
        self.places = np.empty(self.size, dtype=np.int32)
        # The number of each paragraph's language, in as few bytes as it needs: queries read many of them.
        self._language_numbers = {language: number for number, language in enumerate(self.indexes)}
        self._number_of_paragraph = np.empty(self.size, dtype=np.min_scalar_type(len(self.indexes)))
        for language, rows in self.rows.items():
            self.places[rows] = np.arange(len(rows), dtype=np.int32)
            self._number_of_paragraph[rows] = self._language_numbers[language]

    @property
    def records(self) -> dict[str, IndexRecord]:
        """How each language is indexed, and how well."""
        return {language: index.record for language, index in self.indexes.items()}

    def are_in(self, language: str, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which of some paragraphs, given by row, are in a language, shape (n,)."""
        are_in: Mask = self._number_of_paragraph.take(rows) == self._language_numbers[language]
        return are_in

    def search(
        self, query: FloatArray, depths: Mapping[str, int], masks: LanguageMasks | None = None
    ) -> dict[str, tuple[Rows, FloatArray]]:
        """Return the places and scores of the best vectors of each language in `depths`, which says how many.

        `masks` keeps the paragraphs that are marked; None keeps all.
        """
        return {
            language: self.indexes[language].search(query, depth, None if masks is None else masks[language])
            for language, depth in depths.items()
        }

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some paragraphs, given by row, with a vector of unit norm, shape (n,).

        They are rounded as scores are.
        """
        cosines, numbers = np.empty(len(rows), dtype=np.float32), self._number_of_paragraph.take(rows)
        for language, number in self._language_numbers.items():
            at = np.flatnonzero(numbers == number)
            if len(at):
                cosines[at] = self.indexes[language].cosines(self.places.take(rows[at]), vector)
        return cosines


@dataclass(frozen=True, slots=True)
class PassingRows:
    """Says which paragraphs are in a language and pass its mask, shape (n of the language,); None means all."""

    index: MultilingualIndex
    language: str
    mask: Mask | None

    def __call__(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which of some paragraphs, given by row, pass, shape (n,)."""
        passing = self.index.are_in(self.language, rows)
        if self.mask is not None:
            passing[passing] = self.mask[self.index.places[rows[passing]]]
        return passing
