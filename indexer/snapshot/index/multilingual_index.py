"""The vectors of all paragraphs: one index for each language.

Cosines of one pair of languages have a larger deviation than those of another: a query and a paragraph in the same
language have more in common by chance. Each language therefore has an index of its own, and its cosines are scaled by
its pair of languages before the languages are merged (`search/fuse.py`).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask, Rows, VectorIndex
from indexer.snapshot.layout import IndexLayout

LanguageMasks = Mapping[str, Mask]
"""For each language, which of its paragraphs pass a filter, in the order of their rows."""


_VECTORS_AT_A_TIME = 8_192
"""Vectors that are copied together: an article may have more paragraphs than memory is for."""


class MultilingualIndex:
    """One `VectorIndex` for each language.

    `indexes` has the index of each language, `rows` the paragraph rows of each, in order: vector n of a
    language is the paragraph at `rows[language][n]`. `places`, shape (size,), int32, is the other direction: the number
    of each paragraph's vector in the index of its language. `size` is the number of all paragraphs.
    """

    def __init__(self, indexes: Mapping[str, VectorIndex], languages: npt.NDArray[np.str_]) -> None:
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

    @property
    def dims(self) -> set[int]:
        """The numbers of components of the vectors; one number in an index that is intact."""
        return {index.dim for index in self.indexes.values()}

    def are_in(self, language: str, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which of some paragraphs, given by row, are in a language, shape (n,)."""
        are_in: Mask = self._number_of_paragraph.take(rows) == self._language_numbers[language]
        return are_in

    def cosines(self, language: str, places: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some vectors of a language, given by place, with a vector of unit norm, shape (n,).

        They are rounded as scores are, and each is computed by itself: the sums of a product of matrices would depend
        on what else is asked for.
        """
        vectors = self.indexes[language].vectors
        starts = range(0, max(1, len(places)), _VECTORS_AT_A_TIME)
        parts = (places[start : start + _VECTORS_AT_A_TIME] for start in starts)
        cosines: FloatArray = np.concatenate([np.vecdot(vectors[part], vector) for part in parts])
        return np.round(cosines, SCORE_DECIMALS)

    def save(self, layout_of: Callable[[str], IndexLayout]) -> list[Path]:
        """Write each language's index to the folder that `layout_of` gives for it, and return the files."""
        return [path for language, index in self.indexes.items() for path in index.save(layout_of(language))]
