"""What a search asks of the words of a version, in one lexical index or in one for each shard."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.multilingual_index import MultilingualIndex, PassingRows
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.text.word_forms import Forms

Rows32 = npt.NDArray[np.int32]
"""Row numbers as an index of words has them, shape (n,)."""


class Word(Protocol):
    """A word as an index knows it."""

    @property
    def forms(self) -> Forms:
        """The forms in which it may stand in a document."""


AnyWord = TypeVar("AnyWord", bound=Word)


@dataclass(frozen=True, slots=True)
class Window:
    """The paragraphs of one language that words may move: `near`, rows by meaning, and the `n` strongest matches.

    `kept` says which matches may be found.
    """

    near: Rows
    kept: PassingRows
    n: int


@dataclass(frozen=True, slots=True)
class WindowMatches:
    """How the paragraphs of a window match.

    `others`, shape (n_others,), are the rows of the strongest matches that are not near, in order; `cosines`, of the
    same shape, are theirs with the query. `strengths`, shape (n_near + n_others,), are those of the near ones and then
    of the others. `are_complete` says which of them, given by place, hold every word: mostly one place is asked for.
    Where nothing matches, this is `NO_MATCHES`.
    """

    others: Rows
    cosines: FloatArray
    strengths: npt.NDArray[np.float32]
    are_complete: Callable[[npt.NDArray[np.intp]], Mask]


NO_MATCHES = WindowMatches(
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.float32),
    np.empty(0, dtype=np.float32),
    lambda places: np.zeros(len(places), dtype=np.bool_),
)


class WordMatches(Protocol):
    """How well paragraphs match the words of a query; `indexer.snapshot.index.bm25.Matches` says more."""

    @property
    def complete(self) -> Rows32:
        """The rows of the paragraphs that hold every word, in order, shape (n,)."""

    def of(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""

    def are_complete(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""

    def windows(self, windows: Sequence[Window], vector: FloatArray) -> list[WindowMatches]:
        """Return how the paragraphs of some windows match; `vector` is that of the query, shape (dim,), unit norm."""

    def cosines_and_complete(
        self, rows: npt.NDArray[np.integer[Any]], index: MultilingualIndex, vector: FloatArray
    ) -> tuple[FloatArray, Mask]:
        """Return the cosines of some paragraphs with a vector, and which hold every word, both of shape (n,)."""


class WordIndex(Protocol[AnyWord]):
    """Finds paragraphs by their words; `indexer.snapshot.index.lexical_index.LexicalIndex` says more."""

    @property
    def n_paragraphs(self) -> int:
        """Number of all paragraphs."""

    def look_up(self, words: Iterable[Forms]) -> list[AnyWord]:
        """Return words as this index knows them."""

    def n_postings(self, word: AnyWord) -> int:
        """Return how many paragraphs hold the forms of a word, one after the other: at least as many as hold any."""

    def rows_with(self, word: AnyWord) -> npt.NDArray[np.integer[Any]]:
        """Return the rows of the paragraphs that hold any of the forms of a word, in order."""

    def with_phrase(self, phrase: Iterable[Forms]) -> Rows:
        """Return the rows of the paragraphs that hold words one after the other, in order."""

    def mask(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which paragraphs are at `rows`, shape (n_paragraphs,)."""

    def matches(self, words: Sequence[AnyWord], passing: Mask | None = None) -> WordMatches:
        """Return the paragraphs that hold any of some words, and how well they match.

        `passing`, shape (n_paragraphs,), marks the paragraphs that may match; None means all.
        """
