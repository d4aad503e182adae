"""What an index of words knows of a word: where it finds it, and which paragraphs hold it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.text.word_forms import Forms


class IndexWord(NamedTuple):
    """A word in an index: its `forms`, and the `places` of those that stand in a document, among the index's words."""

    forms: Forms
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Postings:
    """The paragraphs with a term: `rows`, in order, and how often each holds it, both of shape (n,)."""

    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint16]

    def where(self, kept: Mask) -> "Postings":
        """Return those of the paragraphs that are marked, shape (n,)."""
        return Postings(self.rows.compress(kept), self.counts.compress(kept))
