"""The paragraphs of all languages, indexed one language at a time and ranked together.

Scores of one pair of languages spread wider than those of another: a query and a paragraph of the
same language have more in common by chance. Each language therefore has an index of its own, and
its cosines are multiplied by the scale of the pair (`calibration.py`) before all are merged.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import Mask, Rows, VectorIndex
from indexer.snapshot.layout import IndexLayout

Scale = Callable[[str], float]
"""Passage language to the factor that its cosines are multiplied by, above 0."""

Masks = Mapping[str, Mask]
"""For each language, which of its paragraphs pass a filter, in the order of their rows."""


class NeutralIndex:
    """One `VectorIndex` for each language; rows are paragraph rows over all of them.

    `indexes` has the index of each language, `rows` the paragraph rows of each, in order.
    """

    def __init__(self, indexes: Mapping[str, VectorIndex], languages: npt.NDArray[np.str_]) -> None:
        """Take one index for each language that occurs in `languages`, shape (n_paragraphs,).

        Vector n of a language's index is its n-th paragraph, by row.

        Raises:
            ValueError: an index has another number of vectors than its language has paragraphs.
        """
        self.indexes = dict(sorted(indexes.items()))
        self.rows = {language: np.flatnonzero(languages == language) for language in self.indexes}
        self.size = len(languages)
        sizes = {language: index.size for language, index in self.indexes.items()}
        if sizes != {language: len(rows) for language, rows in self.rows.items()} or sum(sizes.values()) != self.size:
            raise ValueError(f"the index has {sizes} vectors, the corpus {self.size} paragraphs")

    @property
    def records(self) -> dict[str, IndexRecord]:
        """How each language is indexed, and how well."""
        return {language: index.record for language, index in self.indexes.items()}

    @property
    def dims(self) -> set[int]:
        """Numbers of components that occur."""
        return {index.dim for index in self.indexes.values()}

    def save(self, layout_of: Callable[[str], IndexLayout]) -> list[Path]:
        """Write each language's index to the folder given for it, and return the files."""
        return [path for language, index in self.indexes.items() for path in index.save(layout_of(language))]

    def search(self, query: FloatArray, k: int, scale: Scale, allowed: Masks | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` paragraph rows and their scaled scores, each of shape (min(k, matches),).

        `query` has shape (dim,). `allowed` keeps only what is marked True in the mask of its
        language; a language without a mask has nothing. The order is total whatever `k` is: each
        language keeps the order of its own index, and of two languages the better score comes
        first; equal scores take turns.
        """
        rows: list[Rows] = [np.empty(0, dtype=np.int64)]
        places: list[Rows] = [np.empty(0, dtype=np.int64)]
        scores: list[npt.NDArray[np.float64]] = [np.empty(0, dtype=np.float64)]
        keys: list[npt.NDArray[np.float64]] = [np.empty(0, dtype=np.float64)]
        for language, index in self.indexes.items():
            if allowed is not None and language not in allowed:
                continue
            found, cosines = index.search(query, k, None if allowed is None else allowed[language])
            rows.append(self.rows[language][found])
            # In double precision: scaling must not make equal what was not.
            scaled = cosines.astype(np.float64) * scale(language)
            scores.append(scaled)
            # What an approximate index adds late may score higher, and must still come late.
            keys.append(np.minimum.accumulate(scaled))
            places.append(np.arange(len(found)))
        every = np.concatenate(rows)
        best = np.lexsort((every, np.concatenate(places), -np.concatenate(keys)))[:k]
        return every[best], np.concatenate(scores)[best].astype(np.float32)
