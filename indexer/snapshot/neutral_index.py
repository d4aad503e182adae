"""The paragraphs of all languages, indexed one language at a time and ranked together.

Scores of one pair of languages spread wider than those of another: a query and a paragraph of the
same language have more in common by chance. Each language therefore has an index of its own, and
its cosines are multiplied by the scale of the pair (`calibration.py`) before all are merged.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder import FloatArray
from indexer.snapshot.manifest import IndexRecord
from indexer.snapshot.vector_index import EXACT_UP_TO, Mask, Rows, VectorIndex

Scale = Callable[[str], float]
"""Passage language to the factor that its cosines are multiplied by, above 0."""


class NeutralIndex:
    """One `VectorIndex` for each language; rows are paragraph rows over all of them."""

    def __init__(self, indexes: Mapping[str, VectorIndex], languages: npt.NDArray[np.str_]) -> None:
        """Take one index for each language that occurs in `languages`, shape (n_paragraphs,).

        Vector n of a language's index is its n-th paragraph, by row.

        Raises:
            ValueError: an index has another number of vectors than its language has paragraphs.
        """
        self._indexes = dict(sorted(indexes.items()))
        self._rows = {language: np.flatnonzero(languages == language) for language in self._indexes}
        self.size = len(languages)
        sizes = {language: index.size for language, index in self._indexes.items()}
        if sizes != {language: len(rows) for language, rows in self._rows.items()} or sum(sizes.values()) != self.size:
            raise ValueError(f"the index has {sizes} vectors, the corpus {self.size} paragraphs")

    @property
    def records(self) -> dict[str, IndexRecord]:
        """How each language is indexed, and how well."""
        return {language: index.record for language, index in self._indexes.items()}

    @property
    def dims(self) -> set[int]:
        """Numbers of components that occur."""
        return {index.dim for index in self._indexes.values()}

    @classmethod
    def build(
        cls,
        vectors: FloatArray,
        languages: npt.NDArray[np.str_],
        queries: FloatArray,
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> "NeutralIndex":
        """Index neutral `vectors`, shape (n, dim), by language; `queries` are as in `VectorIndex.build`."""
        present: Sequence[str] = sorted(set(languages.tolist()))
        return cls(
            {
                language: VectorIndex.build(vectors[languages == language], queries, exact_up_to=exact_up_to)
                for language in present
            },
            languages,
        )

    def save(self, path_of: Callable[[str], Path]) -> list[Path]:
        """Write each language's index to the path given for it, and return the paths."""
        paths = []
        for language, index in self._indexes.items():
            path = path_of(language)
            path.parent.mkdir(exist_ok=True)
            index.save(path)
            paths.append(path)
        return paths

    def search(self, query: FloatArray, k: int, scale: Scale, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` paragraph rows and their scaled scores, each of shape (min(k, matches),).

        `query` has shape (dim,); `allowed`, shape (n_paragraphs,), keeps only rows marked True.
        The order is total whatever `k` is: each language keeps the order of its own index, and of
        two languages the better score comes first; equal scores take turns.
        """
        rows: list[Rows] = [np.empty(0, dtype=np.int64)]
        places: list[Rows] = [np.empty(0, dtype=np.int64)]
        scores: list[npt.NDArray[np.float64]] = [np.empty(0, dtype=np.float64)]
        keys: list[npt.NDArray[np.float64]] = [np.empty(0, dtype=np.float64)]
        for language, index in self._indexes.items():
            own = self._rows[language]
            some = None if allowed is None else allowed[own]
            if some is not None and not some.any():
                continue
            found, cosines = index.search(query, k, some)
            rows.append(own[found])
            # In double precision: scaling must not make equal what was not.
            scaled = cosines.astype(np.float64) * scale(language)
            scores.append(scaled)
            # What an approximate index adds late may score higher, and must still come late.
            keys.append(np.minimum.accumulate(scaled))
            places.append(np.arange(len(found)))
        every = np.concatenate(rows)
        best = np.lexsort((every, np.concatenate(places), -np.concatenate(keys)))[:k]
        return every[best], np.concatenate(scores)[best].astype(np.float32)
