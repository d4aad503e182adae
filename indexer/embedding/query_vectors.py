"""Vectors of queries that a build or an alert run encodes: headlines, the query bank, canaries, saved searches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, look_up
from indexer.embedding.query_texts import BANK_LANGUAGES, Headline, headlines, query_bank
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder


class CachedQueryEncoder:
    """A query encoder that encodes each text once and keeps it in the embedding cache.

    `edition` names exactly the encoder: encoders of one fingerprint can return different vectors, for
    example in another precision. `keys` are those of all texts that were encoded or found so far.
    """

    def __init__(self, encoder: QueryEncoder, cache_folder: Path, edition: str) -> None:
        self._encoder = encoder
        self._path = cache_folder / f"{encoder.spec.fingerprint}-query-{edition}.sqlite"
        self.keys: set[bytes] = set()

    @property
    def spec(self) -> EncoderSpec:
        """Identity of the encoder."""
        return self._encoder.spec

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return raw vectors of shape (n_texts, dim), float32, unit norm."""
        with EmbeddingCache(self._path, self.spec.dim) as cache:
            lookup = look_up(texts, len(texts), self.spec.dim, cache)
            self.keys.update(lookup.keys)
            return embed_missing(lookup, texts.__getitem__, self._encoder.encode_queries, cache, lambda _: None)


@dataclass(frozen=True, slots=True)
class QuerySample:
    """Query-like texts as the serving encoder encodes them.

    `headline_vectors` are the raw vectors of the headlines, by row; `bank` has those of the built-in
    query bank, by language; each of shape (n, dim), float32.
    """

    headlines: Sequence[Headline]
    headline_vectors: FloatArray
    bank: Mapping[str, FloatArray]

    @property
    def languages(self) -> list[str]:
        """Languages that have a headline or a bank."""
        return sorted({headline.language for headline in self.headlines} | set(self.bank))

    def headline_rows(self, language: str) -> list[int]:
        """Return the rows of one language's headlines."""
        return [row for row, headline in enumerate(self.headlines) if headline.language == language]


def embed_queries(corpus: Corpus, encoder: QueryEncoder) -> QuerySample:
    """Return the raw vectors of the corpus's headlines and of the query bank."""
    some = headlines(corpus.openings())
    return QuerySample(
        headlines=some,
        headline_vectors=encoder.encode_queries([headline.text for headline in some]),
        bank={language: encoder.encode_queries(query_bank(language)) for language in BANK_LANGUAGES},
    )
