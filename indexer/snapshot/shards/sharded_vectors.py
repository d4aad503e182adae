"""The vectors of one language, divided among shards: each finds its best ones, and these are merged.

The merged order has no more than one shard's: by score, then by row. Where a shard has an approximate index, what it
finds late may score higher than what it found before (`index/vector_index.py`). It stays behind that, and so does all
that the shard names after it; so pages neither repeat nor skip a paragraph here either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.index.multilingual_index import LanguageMasks, MultilingualIndex
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.shards.division import Division, gathered, packed
from indexer.snapshot.shards.requests import (
    FindAllNearest,
    FindCosines,
    FindCosinesOfLanguage,
    FindNearest,
    FoundRows,
    ReadVectors,
    ShardGroup,
)


class ShardedVectorIndex:
    """The vectors of a language in all shards that have any; `LanguageIndex` says what the methods return."""

    def __init__(
        self, language: str, shards: ShardGroup, division: Division, records: Mapping[int, IndexRecord]
    ) -> None:
        """Take the shards, which of the language's vectors each has, and how each that has any searches them.

        Raises:
            ValueError: a shard has vectors and no record, or a record and no vectors.
        """
        having = {shard for shard, size in enumerate(division.sizes) if size}
        if having != records.keys():
            raise ValueError(f"shards {sorted(having ^ records.keys())} do not have the vectors in {language} of all")
        self._language, self._shards, self.division = language, shards, division
        self.size = division.size
        sizes = {shard: division.sizes[shard] for shard in sorted(having)}
        self.record = combined_record([records[shard] for shard in sizes], list(sizes.values()))
        tiers = [records[shard].candidates for shard in sizes if records[shard].kind != "exact"]
        self.first_tier = min(tiers, default=self.size)
        self._having = list(sizes)

    @property
    def vectors(self) -> FloatArray:
        """A copy of all vectors, shape (n, dim), float32, unit norm, for measuring."""
        answers = self._shards.ask(dict.fromkeys(self._having, ReadVectors(self._language)))
        vectors = np.empty((self.size, next(iter(answers.values())).shape[1]), dtype=np.float32)
        for shard, own in answers.items():
            vectors[self.division.in_version(shard, np.arange(len(own)))] = own
        return vectors

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),)."""
        return self.merged(self._shards.ask(self.requests(query, k, allowed)), k)

    def requests(self, query: FloatArray, k: int, allowed: Mask | None) -> dict[int, FindNearest]:
        """Return what to ask of the shards that have vectors which may be found."""
        requests = {}
        for shard in self._having:
            own = None if allowed is None else self.division.of_shard(shard, allowed)
            if own is None or own.any():
                requests[shard] = FindNearest(self._language, query, k, None if own is None else packed(own))
        return requests

    def merged(self, found: Mapping[int, FoundRows], k: int) -> FoundRows:
        """Return the best `k` of what shards have found."""
        return merged([FoundRows(self.division.in_version(shard, rows), s) for shard, (rows, s) in found.items()], k)

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some vectors with one of unit norm, shape (n,), rounded as scores are."""
        parts = list(self.division.parts(rows))
        requests = {part.shard: FindCosinesOfLanguage(self._language, part.rows, vector) for part in parts}
        cosines: FloatArray = gathered(parts, self._shards.ask(requests), len(rows), np.float32)
        return cosines


class ShardedIndex(MultilingualIndex):
    """The vectors of all paragraphs, divided among shards, which are asked about all languages at once."""

    def __init__(
        self,
        indexes: Mapping[str, ShardedVectorIndex],
        languages: npt.NDArray[np.str_],
        shards: ShardGroup,
        division: Division,
    ) -> None:
        """Take one index for each language that occurs in `languages`, the shards, and which paragraphs each has."""
        super().__init__(indexes, languages)
        self._of_languages, self._shards, self._division = indexes, shards, division

    def search(
        self, query: FloatArray, depths: Mapping[str, int], masks: LanguageMasks | None = None
    ) -> dict[str, tuple[Rows, FloatArray]]:
        """Return the places and scores of the best vectors of each language in `depths`, which says how many."""
        by_shard: dict[int, list[FindNearest]] = {}
        for language, depth in depths.items():
            mask = None if masks is None else masks[language]
            for shard, request in self._of_languages[language].requests(query, depth, mask).items():
                by_shard.setdefault(shard, []).append(request)
        answers = self._shards.ask({shard: FindAllNearest(tuple(requests)) for shard, requests in by_shard.items()})
        found: dict[str, tuple[Rows, FloatArray]] = {}
        for language, depth in depths.items():
            own = {shard: answer[language] for shard, answer in answers.items() if language in answer}
            found[language] = self._of_languages[language].merged(own, depth)
        return found

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some paragraphs, given by row, with a vector of unit norm, shape (n,)."""
        parts = list(self._division.parts(rows))
        answers = self._shards.ask({part.shard: FindCosines(part.rows, vector) for part in parts})
        cosines: FloatArray = gathered(parts, answers, len(rows), np.float32)
        return cosines


def merged(found: Sequence[FoundRows], k: int) -> FoundRows:
    """Return the best `k` of what shards have found, each in its own order; the order does not depend on `k`."""
    keys = [np.minimum.accumulate(scores) for _, scores in found]
    are_late = list(map(_are_late, found))
    ties = [np.where(late, np.arange(len(late)), rows) for late, (rows, _) in zip(are_late, found, strict=True)]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(rows for rows, _ in found)])
    scores = np.concatenate([np.empty(0, dtype=np.float32), *(scores for _, scores in found)])
    if not len(rows):
        return FoundRows(rows, scores)
    best = np.lexsort((rows, np.concatenate(ties), np.concatenate(are_late), -np.concatenate(keys)))[:k]
    return FoundRows(rows[best], scores[best])


def _are_late(found: FoundRows) -> Mask:
    """Return which rows follow one that should come after it by score and row: from there on, the order is its own."""
    rows, scores = found
    late = np.zeros(len(rows), dtype=np.bool_)
    late[1:] = (scores[1:] > scores[:-1]) | ((scores[1:] == scores[:-1]) & (rows[1:] < rows[:-1]))
    is_late: Mask = np.logical_or.accumulate(late)
    return is_late


def combined_record(records: Sequence[IndexRecord], sizes: Sequence[int]) -> IndexRecord:
    """Return one record for people: that of the largest part, the first of several, with the mean recall of all."""
    recall = float(np.average([record.recall_at_10 for record in records], weights=sizes))
    return replace(records[int(np.argmax(sizes))], recall_at_10=round(recall, 4))
