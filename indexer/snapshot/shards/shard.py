"""One shard: the vectors and words of the paragraphs of some articles, which it numbers from 0."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index.bm25 import Matches, WholeCorpus
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.postings import IndexWord
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex, open_vectors
from indexer.snapshot.layout import ShardLayout
from indexer.snapshot.shards.division import unpacked

_KEPT_MATCHES = 16
"""A search asks several things of one match; postings of the last few are kept, which are mapped files mostly."""


class Shard:
    """The vectors of each language, and the words, of some paragraphs; several threads may use it at once."""

    def __init__(
        self, vectors: Mapping[str, VectorIndex], words: LexicalIndex, languages: npt.NDArray[np.str_]
    ) -> None:
        """Take the index of each language, that of words, and the language of each paragraph, shape (n,).

        Raises:
            ValueError: they have different numbers of paragraphs.
        """
        self.vectors = vectors
        self.words = words
        self.index = MultilingualIndex(vectors, languages)
        if words.n_paragraphs != len(languages):
            raise ValueError(f"its lexical index has {words.n_paragraphs} paragraphs, its vectors {len(languages)}")
        self.matches = lru_cache(_KEPT_MATCHES)(self._matches)

    @property
    def n_paragraphs(self) -> int:
        """Number of its paragraphs."""
        return self.index.size

    @classmethod
    def open(cls, layout: ShardLayout, records: Mapping[str, IndexRecord], dim: int) -> "Shard":
        """Map a shard into memory; `records` are those of its languages, `dim` is the components of a vector.

        Raises:
            SnapshotDamaged: a file is not what a build writes, or the files do not belong together.
            EncoderMismatch: its vectors have another number of components.
        """
        try:
            codes = np.load(layout.languages, allow_pickle=False)
            languages = np.array(sorted(records), dtype=np.str_)[codes]
            return cls(open_vectors(layout, records, dim), LexicalIndex.open(layout.lexical), languages)
        except (OSError, ValueError, IndexError, TypeError) as error:
            raise SnapshotDamaged(f"{layout.root} is not a shard: {error}; rebuild the index") from error

    def _matches(self, words: tuple[IndexWord, ...], whole: WholeCorpus, passing: bytes | None) -> Matches:
        """Return how paragraphs match words; `passing`, packed, marks those that may."""
        return self.words.matches(words, None if passing is None else unpacked(passing, self.n_paragraphs), whole)
