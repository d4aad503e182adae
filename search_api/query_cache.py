"""Vectors of queries that were asked before.

A page, a filter added or a refresh asks the same text again, and encoding it is most of the work.
Kept are raw vectors: they outlive a change of the index, as long as the encoder stays the same.
"""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.text.normalisation import for_query_encoder

_Key = tuple[str, str, str]


class QueryCache:
    """Keeps the vectors of the last `size` different queries; safe to use from several threads.

    `looked_up` is told of every look whether it found something.
    """

    def __init__(self, size: int, looked_up: Callable[[bool], None]) -> None:
        self._vectors: LRUCache[_Key, FloatArray] = LRUCache(size)
        self._guard = Lock()
        self._looked_up = looked_up

    def encode(self, snapshot: Snapshot, text: str, language: str) -> FloatArray:
        """Return the raw vector of a query, shape (dim,), float32, from here or from the encoder."""
        key = (snapshot.encoder_edition, language, for_query_encoder(text))
        with self._guard:
            known = self._vectors.get(key)
        self._looked_up(known is not None)
        if known is not None:
            return known
        # Not under the lock: other queries must not wait for this one's encoding.
        vector: FloatArray = snapshot.encoder.encode_queries([text])[0]
        with self._guard:
            self._vectors[key] = vector
        return vector
