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
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.shards.division import Division, gathered, packed
from indexer.snapshot.shards.requests import FindCosines, FindNearest, FoundRows, ReadVectors, ShardGroup


class ShardedVectorIndex:
    """Searches the vectors of a language in all shards that have any; `LanguageIndex` says what the methods return."""

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
        self._language, self._shards, self._division = language, shards, division
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
            vectors[self._division.in_version(shard, np.arange(len(own)))] = own
        return vectors

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[Rows, FloatArray]:
        """Return the best `k` rows and their scores, each of shape (min(k, matches),)."""
        requests = {}
        for shard in self._having:
            own = None if allowed is None else self._division.of_shard(shard, allowed)
            if own is None or own.any():
                requests[shard] = FindNearest(self._language, query, k, None if own is None else packed(own))
        found = self._shards.ask(requests)
        return merged([FoundRows(self._division.in_version(shard, rows), s) for shard, (rows, s) in found.items()], k)

    def cosines(self, rows: npt.NDArray[np.integer[Any]], vector: FloatArray) -> FloatArray:
        """Return the cosines of some vectors with one of unit norm, shape (n,), rounded as scores are."""
        parts = list(self._division.parts(rows))
        answers = self._shards.ask({part.shard: FindCosines(self._language, part.rows, vector) for part in parts})
        cosines: FloatArray = gathered(parts, [answers[part.shard] for part in parts], len(rows), np.float32)
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
