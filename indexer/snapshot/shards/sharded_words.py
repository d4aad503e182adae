"""The words of a version, divided among shards: strengths are those of one index over all paragraphs.

A strength depends on how many paragraphs of the whole corpus hold each word, and on the mean length of all documents.
Each shard is told both, and adds up what its own paragraphs have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.bm25 import WholeCorpus, strongest_of
from indexer.snapshot.index.in_order import are_among
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.postings import IndexWord
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask, Rows
from indexer.snapshot.index.word_index import NO_MATCHES, Rows32, Window, WindowMatches
from indexer.snapshot.shards.division import Division, gathered, packed
from indexer.snapshot.shards.requests import (
    FindComplete,
    FindCosinesAndComplete,
    FindMatches,
    FindPhrase,
    FindRowsWith,
    FindStrengths,
    FindStrongest,
    FoundMatches,
    LookUp,
    ShardGroup,
    WordsOfQuery,
)
from indexer.snapshot.text.word_forms import Forms

_MOST_KNOWN = 20_000
"""Words whose look-up is remembered: names and places come again, and each question to the shards takes its time."""


@dataclass(frozen=True, slots=True)
class ShardedWord:
    """A word as each shard knows it, by the number of the shard, and what all shards together know of it.

    `n_postings` is how many postings its forms have, and `n_paragraphs` how many paragraphs hold any of them.
    """

    forms: Forms
    of_shards: Mapping[int, IndexWord]
    n_postings: int
    n_paragraphs: int


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
        self._known: dict[Forms, ShardedWord] = {}
        """What all shards know of a word; a version never changes."""

    def look_up(self, words: Iterable[Forms]) -> list[ShardedWord]:
        """Return words as the shards know them."""
        wanted, known = tuple(words), self._known
        found = {forms: known[forms] for forms in wanted if forms in known}
        unknown = tuple(dict.fromkeys(forms for forms in wanted if forms not in found))
        of_shards = self._shards.ask(dict.fromkeys(self._numbers, LookUp(unknown))) if unknown else {}
        for place, forms in enumerate(unknown):
            found[forms] = ShardedWord(
                forms,
                {number: of_shard[place].word for number, of_shard in of_shards.items()},
                sum(of_shard[place].n_postings for of_shard in of_shards.values()),
                sum(of_shard[place].n_paragraphs for of_shard in of_shards.values()),
            )
        if len(of_shards) == len(self._numbers):  # what a silent shard knows is asked again
            if len(self._known) > _MOST_KNOWN:
                self._known = {}  # and not cleared: another search may be reading it
            self._known |= {forms: found[forms] for forms in unknown}
        return [found[forms] for forms in wanted]

    def n_postings(self, word: ShardedWord) -> int:
        """Return how many paragraphs hold the forms of a word, one after the other."""
        return word.n_postings

    def rows_with(self, word: ShardedWord) -> Rows:
        """Return the rows of the paragraphs that hold any of the forms of a word, in order."""
        requests = {number: FindRowsWith(of_shard) for number, of_shard in word.of_shards.items()}
        return _in_version(self._division, self._shards.ask(requests))

    def with_phrase(self, phrase: Iterable[Forms]) -> Rows:
        """Return the rows of the paragraphs that hold words one after the other, in order."""
        return _in_version(self._division, self._shards.ask(dict.fromkeys(self._numbers, FindPhrase(tuple(phrase)))))

    def mask(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return which paragraphs are at `rows`, shape (n_paragraphs,)."""
        mask = np.zeros(self.n_paragraphs, dtype=np.bool_)
        mask[rows] = True
        return mask

    def matches(self, words: Sequence[ShardedWord], passing: Mask | None = None) -> "ShardedMatches":
        """Return the paragraphs that hold any of some words, and how well they match."""
        df = tuple(word.n_paragraphs for word in words)
        whole = WholeCorpus(self.n_paragraphs, self._mean_length, df)
        asked = {
            number: WordsOfQuery(
                tuple(word.of_shards[number] for word in words),
                whole,
                None if passing is None else packed(self._division.of_shard(number, passing)),
            )
            for number in self._numbers
            if all(number in word.of_shards for word in words)
        }
        return ShardedMatches(self._shards, self._division, self._by_language, asked)


class ShardedMatches:
    """How well paragraphs match the words of a query; `WordMatches` says what the methods return."""

    def __init__(
        self,
        shards: ShardGroup,
        division: Division,
        by_language: Mapping[str, Division],
        words: Mapping[int, WordsOfQuery],
    ) -> None:
        """Take the shards, which paragraphs each has, and the words of the query for each of them."""
        self._shards, self._division, self._by_language, self._words = shards, division, by_language, words
        self._complete: Rows32 | None = None
        self._is_complete: dict[int, bool] = {}
        """What is known of paragraphs already, by row."""

    @property
    def complete(self) -> Rows32:
        """The rows of the paragraphs that hold every word, in order, shape (n,)."""
        # Not a `cached_property`: before Python 3.12 it has one lock for all searches, and asking gives up the turn.
        if self._complete is None:
            found = self._shards.ask({number: FindComplete(words) for number, words in self._words.items()})
            self._complete = _in_version(self._division, found).astype(np.int32)
        return self._complete

    def of(self, rows: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float32]:
        """Return the strength of each of some paragraphs, shape (n,); 0 without a match."""
        return self._about(rows)[0]

    def are_complete(self, rows: npt.NDArray[np.integer[Any]]) -> Mask:
        """Return for each of some paragraphs whether it holds every word, shape (n,)."""
        known = self._is_complete
        wanted = rows.tolist()
        if all(row in known for row in wanted):
            return np.array([known[row] for row in wanted], dtype=np.bool_)
        return self._about(rows)[1]

    def cosines_and_complete(
        self, rows: npt.NDArray[np.integer[Any]], _index: MultilingualIndex, vector: FloatArray
    ) -> tuple[FloatArray, Mask]:
        """Return the cosines of some paragraphs with a vector, and which hold every word, both of shape (n,)."""
        parts = list(self._division.parts(rows))
        answers = self._shards.ask(
            {part.shard: FindCosinesAndComplete(self._words.get(part.shard), part.rows, vector) for part in parts}
        )
        cosines = {number: cosines for number, (cosines, _) in answers.items()}
        complete = {number: complete for number, (_, complete) in answers.items()}
        return gathered(parts, cosines, len(rows), np.float32), gathered(parts, complete, len(rows), np.bool_)

    def windows(self, windows: Sequence[Window], vector: FloatArray) -> list[WindowMatches]:
        """Return how the paragraphs of some windows match; `vector` is that of the query, shape (dim,), unit norm."""
        near = np.concatenate([np.empty(0, dtype=np.int64), *(window.near for window in windows)])
        parts = {part.shard: part for part in self._division.parts(near)}
        requests = {}
        for number, words in self._words.items():
            strongest = tuple(FindStrongest(each.kept.language, each.n, self._mask(each, number)) for each in windows)
            rows = parts[number].rows if number in parts else _NO_ROWS
            requests[number] = FindMatches(words, strongest, rows, vector)
        answers = self._shards.ask(requests)
        of_near = {number: about for number, (_, about) in answers.items()}
        strengths = gathered([*parts.values()], _each(of_near, "strengths"), len(near), np.float32)
        complete = gathered([*parts.values()], _each(of_near, "are_complete"), len(near), np.bool_)
        ends = np.cumsum([len(window.near) for window in windows])
        found = []
        for place, (window, end) in enumerate(zip(windows, ends.tolist(), strict=True)):
            own = slice(end - len(window.near), end)
            of_shards = {number: strongest[place] for number, (strongest, _) in answers.items()}
            found.append(self._window(window, strengths[own], complete[own], of_shards))
        return found

    def _window(
        self,
        window: Window,
        strengths: npt.NDArray[np.float32],
        complete: Mask,
        of_shards: Mapping[int, FoundMatches],
    ) -> WindowMatches:
        """Return how a window matches: its near paragraphs as is known, and the strongest ones of all shards."""
        found = _joined(self._division, of_shards)
        strongest = strongest_of(found.rows, found.strengths.round(SCORE_DECIMALS), window.n)
        if not len(strongest):
            self._is_complete |= dict.fromkeys(window.near.tolist(), False)
            return NO_MATCHES
        others = strongest[~are_among(strongest, np.sort(window.near))]
        at = found.rows.searchsorted(others)
        are_complete = np.concatenate([complete, found.are_complete[at]])
        rows = np.concatenate([window.near, others])
        self._is_complete |= zip(rows.tolist(), are_complete.tolist(), strict=True)
        strengths = np.concatenate([strengths, found.strengths[at]])
        return WindowMatches(others, found.cosines[at], strengths, are_complete.take)

    def _mask(self, window: Window, number: int) -> bytes | None:
        """Return which vectors of a window's language may be found in a shard, packed."""
        mask = window.kept.mask
        return None if mask is None else packed(self._by_language[window.kept.language].of_shard(number, mask))

    def _about(self, rows: npt.NDArray[np.integer[Any]]) -> tuple[npt.NDArray[np.float32], Mask]:
        """Return strengths, and which paragraphs hold every word, both of shape (n,)."""
        parts = [part for part in self._division.parts(rows) if part.shard in self._words]
        answers = self._shards.ask({part.shard: FindStrengths(self._words[part.shard], part.rows) for part in parts})
        strengths = {number: strengths for number, (strengths, _) in answers.items()}
        complete = {number: complete for number, (_, complete) in answers.items()}
        return gathered(parts, strengths, len(rows), np.float32), gathered(parts, complete, len(rows), np.bool_)


_NO_ROWS: Rows = np.empty(0, dtype=np.int64)


def _each(found: Mapping[int, FoundMatches], field: str) -> dict[int, npt.NDArray[Any]]:
    """Return one field of what each shard has found."""
    return {number: getattr(each, field) for number, each in found.items()}


def _joined(division: Division, of_shards: Mapping[int, FoundMatches]) -> FoundMatches:
    """Return what shards have found in one, in order of the version's rows."""
    rows = [division.in_version(number, found.rows) for number, found in of_shards.items()]
    whole = np.concatenate([_NO_ROWS, *rows])
    in_order = np.argsort(whole)
    strengths, complete, cosines = (
        np.concatenate([np.empty(0, dtype=dtype), *(getattr(found, field) for found in of_shards.values())])[in_order]
        for field, dtype in (("strengths", np.float32), ("are_complete", np.bool_), ("cosines", np.float32))
    )
    return FoundMatches(whole[in_order], strengths, complete, cosines)


def _in_version(division: Division, of_shards: Mapping[int, npt.NDArray[np.integer[Any]]]) -> Rows:
    """Return the rows of the version that are at rows of its shards, in order."""
    found = [division.in_version(number, rows) for number, rows in of_shards.items()]
    return np.sort(np.concatenate([_NO_ROWS, *found]))
