"""Vectors of query-like texts, each encoded once: headlines, the built-in bank, canaries, saved searches."""

from collections.abc import Sequence
from pathlib import Path

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, look_up
from indexer.embedding.query_texts import BANK_LANGUAGES, headlines, query_bank
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.vectors.space import Queries


class QueryVectors:
    """Encodes queries through a file of the embedding cache; `keys` are those of all texts so far.

    `edition` tells apart encoders of one fingerprint that give other vectors, by precision for one.
    """

    def __init__(self, encoder: QueryEncoder, cache_folder: Path, edition: str) -> None:
        self._encoder = encoder
        self._path = cache_folder / f"{encoder.spec.fingerprint}-query-{edition}.sqlite"
        self.keys: set[bytes] = set()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return raw vectors of shape (n_texts, dim), float32, unit norm."""
        dim = self._encoder.spec.dim
        with EmbeddingCache(self._path, dim) as cache:
            looked = look_up(texts, len(texts), dim, cache)
            self.keys.update(looked.keys)
            if not looked.missing:
                return looked.vectors
            return embed_missing(looked, texts.__getitem__, self._encoder.encode_queries, cache, lambda _: None)


def embed_queries(corpus: Corpus, vectors: QueryVectors) -> Queries:
    """Return raw vectors of the corpus's headlines and of the query bank."""
    some = headlines(corpus.openings())
    return Queries(
        headlines=some,
        headline_vectors=vectors.encode([headline.text for headline in some]),
        bank={language: vectors.encode(query_bank(language)) for language in BANK_LANGUAGES},
    )
