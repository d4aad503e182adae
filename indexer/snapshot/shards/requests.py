"""What a search asks of a shard, as values: the same in this process and on another machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

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
class FindCosines:
    """Ask for the cosines of some vectors of a language with one vector."""

    language: str
    rows: Rows
    vector: FloatArray

    def __call__(self, shard: Shard) -> FloatArray:
        """Return the cosines, shape (n,)."""
        return shard.vectors[self.language].cosines(self.rows, self.vector)


@dataclass(frozen=True, slots=True)
class ReadVectors:
    """Ask for all vectors of a language."""

    language: str

    def __call__(self, shard: Shard) -> FloatArray:
        """Return the vectors, shape (n, dim)."""
        return shard.vectors[self.language].vectors


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask for words as the shard knows them."""

    words: tuple[Forms, ...]

    def __call__(self, shard: Shard) -> list[tuple[IndexWord, int]]:
        """Return each word, and how many postings it has."""
        return [(word, shard.words.n_postings(word)) for word in shard.words.look_up(self.words)]


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
class CountParagraphs:
    """Ask how many paragraphs hold each of some words in any of its forms."""

    words: tuple[IndexWord, ...]

    def __call__(self, shard: Shard) -> list[int]:
        """Return the numbers, by word."""
        return [len(shard.words.rows_with(word)) for word in self.words]


@dataclass(frozen=True, slots=True)
class WordsOfQuery:
    """The words of a query as a shard knows them; `passing`, packed, marks the paragraphs that may match."""

    words: tuple[IndexWord, ...]
    whole: WholeCorpus
    passing: bytes | None

    def matches(self, shard: Shard) -> Matches:
        """Return how the paragraphs of a shard match."""
        return shard.matches(self.words, self.whole, self.passing)


@dataclass(frozen=True, slots=True)
class FindStrongest:
    """Ask for the `n` strongest matches of a language; `mask`, packed, marks the vectors of it that may be found."""

    words: WordsOfQuery
    n: int
    language: str
    mask: bytes | None

    def __call__(self, shard: Shard) -> FoundRows:
        """Return their rows, in order, and their strengths."""
        if self.language not in shard.vectors:
            return FoundRows(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        mask, matches = _mask(self.mask, shard.vectors[self.language].size), self.words.matches(shard)
        rows = matches.strongest(self.n, PassingRows(shard.index, self.language, mask))
        return FoundRows(rows, matches.of(rows))


@dataclass(frozen=True, slots=True)
class FindStrengths:
    """Ask how well some paragraphs match."""

    words: WordsOfQuery
    rows: Rows

    def __call__(self, shard: Shard) -> npt.NDArray[np.float32]:
        """Return the strengths, shape (n,)."""
        return self.words.matches(shard).of(self.rows)


@dataclass(frozen=True, slots=True)
class FindComplete:
    """Ask which paragraphs hold every word."""

    words: WordsOfQuery

    def __call__(self, shard: Shard) -> Rows32:
        """Return their rows, in order."""
        return self.words.matches(shard).complete


def _mask(bits: bytes | None, n: int) -> Mask | None:
    return None if bits is None else unpacked(bits, n)


def ask_all(shards: ShardGroup, numbers: range, request: Request[Answer]) -> list[Answer]:
    """Return the answers of several shards to one request."""
    answers: dict[int, Any] = shards.ask(dict.fromkeys(numbers, request))
    return [answers[number] for number in numbers]
