"""Vectors of queries that were encoded before.

A next page, a new filter or a refresh repeats the same text, and encoding it is most of the work.
The cache holds raw vectors: they stay right when the index changes, as long as the encoder does not.
"""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.understand import encode_text
from indexer.snapshot.text.normalisation import for_query_encoder


class QueryCache:
    """Holds the vectors of the last `size` different queries; several threads may use it at once.

    `on_lookup` is called for every lookup with whether the vector was there.
    """

    def __init__(self, size: int, on_lookup: Callable[[bool], None]) -> None:
        self._vectors: LRUCache[tuple[str, str], FloatArray] = LRUCache(size)
        self._guard = Lock()
        self._on_lookup = on_lookup

    def encode(self, snapshot: Snapshot, text: str) -> FloatArray:
        """Return the raw vector of a query, shape (dim,), float32, from the cache or from the encoder."""
        key = (snapshot.encoder_id, for_query_encoder(text))
        with self._guard:
            cached = self._vectors.get(key)
        self._on_lookup(cached is not None)
        if cached is not None:
            return cached
        # Not under the lock: other queries must not wait while this one is encoded.
        vector = encode_text(snapshot, text)
        with self._guard:
            self._vectors[key] = vector
        return vector
