"""The words of a version, divided among shards: strengths are those of one index over all paragraphs.

A strength depends on how many paragraphs of the whole corpus hold each word, and on the mean length of all documents.
Each shard is told both, and adds up what its own paragraphs have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.bm25 import WholeCorpus, strongest_of
from indexer.snapshot.index.in_order import are_among
from indexer.snapshot.index.multilingual_index import PassingRows
from indexer.snapshot.index.postings import IndexWord
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask, Rows
from indexer.snapshot.index.word_index import Rows32
from indexer.snapshot.shards.division import Division, gathered, packed
from indexer.snapshot.shards.requests import (
    CountParagraphs,
    FindComplete,
    FindPhrase,
    FindRowsWith,
    FindStrengths,
    FindStrongest,
    LookUp,
    ShardGroup,
    WordsOfQuery,
    ask_all,
)
from indexer.snapshot.text.word_forms import Forms


@dataclass(frozen=True, slots=True)
class ShardedWord:
    """A word as each shard knows it, by the number of the shard, and how many postings all of them have."""

    forms: Forms
    of_shards: tuple[IndexWord, ...]
    n_postings: int


class ShardedWords:
    """Finds paragraphs by their words in all shards; `WordIndex` says what the methods return."""

    def __init__(
        self, shards: ShardGroup, division: Division, by_language: Mapping[str, Division], mean_length: float
    ) -> None:
        """Take the shards, which paragraphs each has, of all and of each language, and the mean length of documents."""
        self._shards, self._division, self._by_language = shards, division, by_language
        self._mean_length = mean_length
        self._numbers = range(len(division.sizes))
        self.n_paragraphs = division.size

    def look_up(self, words: Iterable[Forms]) -> list[ShardedWord]:
        """Return words as the shards know them."""
        wanted = tuple(words)
        if not wanted:
            return []
        of_shards = zip(*ask_all(self._shards, self._numbers, LookUp(wanted)), strict=True)
        return [
            ShardedWord(forms, tuple(word for word, _ in known), sum(n for _, n in known))
            for forms, known in zip(wanted, of_shards, strict=True)
        ]

    def n_postings(self, word: ShardedWord) -> int:
        """Return how many paragraphs hold the forms of a word, one after the other."""
        return word.n_postings

    def rows_with(self, word: ShardedWord) -> Rows:
        """Return the rows of the paragraphs that hold any of the forms of a word, in order."""
        found = self._shards.ask({number: FindRowsWith(word.of_shards[number]) for number in self._numbers})
        return self._in_version([found[number] for number in self._numbers])

    def with_phrase(self, phrase: Iterable[Forms]) -> Rows:
        """Return the rows of the paragraphs that hold words one after the other, in order."""
        return self._in_version(ask_all(self._shards, self._numbers, FindPhrase(tuple(phrase))))

    def mask(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which paragraphs are at `rows`, shape (n_paragraphs,)."""
        mask = np.zeros(self.n_paragraphs, dtype=np.bool_)
        mask[rows] = True
        return mask

    def matches(self, words: Sequence[ShardedWord], passing: Mask | None = None) -> "ShardedMatches":
        """Return the paragraphs that hold any of some words, and how well they match."""
        of_shards = [tuple(word.of_shards[number] for word in words) for number in self._numbers]
        counts = self._shards.ask({number: CountParagraphs(of_shards[number]) for number in self._numbers})
        df = tuple(sum(each) for each in zip(*counts.values(), strict=True))
        whole = WholeCorpus(self.n_paragraphs, self._mean_length, df)
        masks = [None if passing is None else packed(self._division.of_shard(n, passing)) for n in self._numbers]
        asked = [WordsOfQuery(own, whole, mask) for own, mask in zip(of_shards, masks, strict=True)]
        return ShardedMatches(self._shards, self._division, self._by_language, asked)

    def _in_version(self, of_shards: Sequence[npt.NDArray[np.integer[Any]]]) -> Rows:
        """Return the rows of the version that are at rows of the shards, in order."""
        return _in_version(self._division, dict(enumerate(of_shards)))


class ShardedMatches:
    """How well paragraphs match the words of a query; `WordMatches` says what the methods return."""

    def __init__(
        self,
        shards: ShardGroup,
        division: Division,
        by_language: Mapping[str, Division],
        words: Sequence[WordsOfQuery],
    ) -> None:
        """Take the shards, which paragraphs each has, and the words of the query for each of them."""
        self._shards, self._division, self._by_language, self._words = shards, division, by_language, words

    @cached_property
    def complete(self) -> Rows32:
        """The rows of the paragraphs that hold every word, in order, shape (n,)."""
        found = self._shards.ask({number: FindComplete(words) for number, words in enumerate(self._words)})
        return _in_version(self._division, found).astype(np.int32)

    def of(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""
        parts = list(self._division.parts(rows))
        answers = self._shards.ask({part.shard: FindStrengths(self._words[part.shard], part.rows) for part in parts})
        strengths = [answers[part.shard] for part in parts]
        of: npt.NDArray[np.float32] = gathered(parts, strengths, len(rows), np.float32)
        return of

    def are_complete(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""
        return are_among(rows, self.complete)

    def strongest(self, n: int, kept: PassingRows) -> Rows:
        """Return the rows of the `n` strongest matches that are kept, in order of row; of equal ones, the first."""
        masks: list[bytes | None] = [None for _ in self._words]
        if kept.mask is not None:
            of_language = self._by_language[kept.language]
            masks = [packed(of_language.of_shard(number, kept.mask)) for number in range(len(self._words))]
        requests = {
            number: FindStrongest(words, n, kept.language, mask)
            for number, (words, mask) in enumerate(zip(self._words, masks, strict=True))
        }
        found = self._shards.ask(requests)
        rows = np.concatenate([self._division.in_version(number, own.rows) for number, own in found.items()])
        strengths = np.concatenate([own.values for own in found.values()]).round(SCORE_DECIMALS)
        in_order = np.argsort(rows)
        return strongest_of(rows[in_order], strengths[in_order], n)


def _in_version(division: Division, of_shards: Mapping[int, npt.NDArray[np.integer[Any]]]) -> Rows:
    """Return the rows of the version that are at rows of its shards, in order."""
    found = [division.in_version(number, rows) for number, rows in of_shards.items()]
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *found]))
