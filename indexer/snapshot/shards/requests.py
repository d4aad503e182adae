"""What a search asks of a shard, as values: the same in this process and on another machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.bm25 import Matches, WholeCorpus
from indexer.snapshot.index.multilingual_index import PassingRows
from indexer.snapshot.index.postings import IndexWord
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.index.word_index import Rows32
from indexer.snapshot.shards.division import unpacked
from indexer.snapshot.shards.shard import Shard
from indexer.snapshot.text.word_forms import Forms

Answer = TypeVar("Answer")
AnswerOut = TypeVar("AnswerOut", covariant=True)


class Request(Protocol[AnswerOut]):
    """A question that a shard answers; rows in questions and answers are the shard's own."""

    def __call__(self, shard: Shard, /) -> AnswerOut:
        """Return the answer of a shard."""


class ShardGroup(Protocol):
    """The shards of a version, wherever they are."""

    def ask(self, requests: Mapping[int, Request[Answer]]) -> dict[int, Answer]:
        """Return the answers to requests, by the number of the shard; all are asked at the same time."""

    def close(self) -> None:
        """Let go of the shards."""


class LocalShards:
    """Shards in this process, which answer one after the other."""

    def __init__(self, shards: list[Shard]) -> None:
        """Take the shards, by number."""
        self._shards = shards

    def ask(self, requests: Mapping[int, Request[Answer]]) -> dict[int, Answer]:
        """Return the answers to requests, by the number of the shard."""
        return {number: request(self._shards[number]) for number, request in requests.items()}

    def close(self) -> None:
        """Do nothing: what is mapped goes with the last reference to it."""


class FoundRows(NamedTuple):
    """Rows and a value for each, both of shape (n,)."""

    rows: Rows
    values: FloatArray


@dataclass(frozen=True, slots=True)
class FindNearest:
    """Ask for the best `k` vectors of a language; `allowed`, packed, marks those that may be found."""

    language: str
    query: FloatArray
    k: int
    allowed: bytes | None

    def __call__(self, shard: Shard) -> FoundRows:
        """Return rows and scores, as `VectorIndex.search` does."""
        index = shard.vectors[self.language]
        return FoundRows(*index.search(self.query, self.k, _mask(self.allowed, index.size)))


@dataclass(frozen=True, slots=True)
class FindAllNearest:
    """Ask for the best vectors of several languages at once."""

    of_languages: tuple[FindNearest, ...]

    def __call__(self, shard: Shard) -> dict[str, FoundRows]:
        """Return rows and scores by language."""
        return {each.language: each(shard) for each in self.of_languages}


@dataclass(frozen=True, slots=True)
class FindCosines:
    """Ask for the cosines of some paragraphs with a vector."""

    rows: Rows
    vector: FloatArray

    def __call__(self, shard: Shard) -> FloatArray:
        """Return the cosines, shape (n,)."""
        return shard.index.cosines(self.rows, self.vector)


@dataclass(frozen=True, slots=True)
class FindCosinesOfLanguage:
    """Ask for the cosines of some vectors of a language, given by place, with a vector."""

    language: str
    places: Rows
    vector: FloatArray

    def __call__(self, shard: Shard) -> FloatArray:
        """Return the cosines, shape (n,)."""
        return shard.vectors[self.language].cosines(self.places, self.vector)


@dataclass(frozen=True, slots=True)
class ReadVectors:
    """Ask for all vectors of a language."""

    language: str

    def __call__(self, shard: Shard) -> FloatArray:
        """Return the vectors, shape (n, dim)."""
        return shard.vectors[self.language].vectors


class KnownWord(NamedTuple):
    """A word in a shard, how many postings its forms have, and how many paragraphs hold any of them."""

    word: IndexWord
    n_postings: int
    n_paragraphs: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask for words as the shard knows them."""

    words: tuple[Forms, ...]

    def __call__(self, shard: Shard) -> list[KnownWord]:
        """Return what the shard knows of each word."""
        words = shard.words.look_up(self.words)
        return [KnownWord(word, shard.words.n_postings(word), len(shard.words.rows_with(word))) for word in words]


@dataclass(frozen=True, slots=True)
class FindRowsWith:
    """Ask which paragraphs hold a word in any of its forms."""

    word: IndexWord

    def __call__(self, shard: Shard) -> Rows32:
        """Return their rows, in order."""
        return shard.words.rows_with(self.word)


@dataclass(frozen=True, slots=True)
class FindPhrase:
    """Ask which paragraphs hold words one after the other."""

    phrase: tuple[Forms, ...]

    def __call__(self, shard: Shard) -> Rows:
        """Return their rows, in order."""
        return shard.words.with_phrase(self.phrase)


@dataclass(frozen=True, slots=True)
class WordsOfQuery:
    """The words of a query as a shard knows them; `passing`, packed, marks the paragraphs that may match."""

    words: tuple[IndexWord, ...]
    whole: WholeCorpus
    passing: bytes | None

    def matches(self, shard: Shard) -> Matches:
        """Return how the paragraphs of a shard match."""
        return shard.matches(self.words, self.whole, self.passing)


class FoundMatches(NamedTuple):
    """Rows with the strengths of their matches, whether they hold every word, and their cosines; all of shape (n,)."""

    rows: Rows
    strengths: npt.NDArray[np.float32]
    are_complete: Mask
    cosines: FloatArray


@dataclass(frozen=True, slots=True)
class FindStrongest:
    """Ask for the `n` strongest matches of a language; `mask`, packed, marks the vectors of it that may be found."""

    language: str
    n: int
    mask: bytes | None


@dataclass(frozen=True, slots=True)
class FindMatches:
    """Ask for the strongest matches of languages, and how some paragraphs match, given by row."""

    words: WordsOfQuery
    strongest: tuple[FindStrongest, ...]
    rows: Rows
    vector: FloatArray

    def __call__(self, shard: Shard) -> tuple[list[FoundMatches], FoundMatches]:
        """Return the strongest matches of each language, in order of row, and then what was asked of paragraphs."""
        matches = self.words.matches(shard)
        found = []
        for each in self.strongest:
            rows = np.empty(0, dtype=np.int64)
            if each.language in shard.vectors:
                mask = _mask(each.mask, shard.vectors[each.language].size)
                rows = matches.strongest(each.n, PassingRows(shard.index, each.language, mask))
            cosines = shard.index.cosines(rows, self.vector)
            found.append(FoundMatches(rows, matches.of(rows), matches.are_complete(rows), cosines))
        no_cosines = np.empty(0, dtype=np.float32)  # they are known where paragraphs are near
        return found, FoundMatches(self.rows, matches.of(self.rows), matches.are_complete(self.rows), no_cosines)


@dataclass(frozen=True, slots=True)
class FindStrengths:
    """Ask how well some paragraphs match, and which hold every word."""

    words: WordsOfQuery
    rows: Rows

    def __call__(self, shard: Shard) -> tuple[npt.NDArray[np.float32], Mask]:
        """Return strengths and marks, both of shape (n,)."""
        matches = self.words.matches(shard)
        return matches.of(self.rows), matches.are_complete(self.rows)


@dataclass(frozen=True, slots=True)
class FindCosinesAndComplete:
    """Ask for the cosines of some paragraphs with a vector, and which hold every word; none does if words are None."""

    words: WordsOfQuery | None
    rows: Rows
    vector: FloatArray

    def __call__(self, shard: Shard) -> tuple[FloatArray, Mask]:
        """Return cosines and marks, both of shape (n,)."""
        none = np.zeros(len(self.rows), dtype=np.bool_)
        complete = none if self.words is None else self.words.matches(shard).are_complete(self.rows)
        return shard.index.cosines(self.rows, self.vector), complete


@dataclass(frozen=True, slots=True)
class FindComplete:
    """Ask which paragraphs hold every word."""

    words: WordsOfQuery

    def __call__(self, shard: Shard) -> Rows32:
        """Return their rows, in order."""
        return self.words.matches(shard).complete


def _mask(bits: bytes | None, n: int) -> Mask | None:
    return None if bits is None else unpacked(bits, n)
