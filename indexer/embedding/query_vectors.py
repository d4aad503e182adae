"""Vectors of queries that a build or an alert run encodes: headlines, the query bank, canaries, saved searches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, in_turn, look_up
from indexer.embedding.query_texts import (
    BANK_LANGUAGES,
    Headline,
    headlines,
    opening_sentences,
    query_bank,
    short_query_bank,
)
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder


class CachedQueryEncoder:
    """A query encoder that keeps vectors in the embedding cache, and is opened when a text is not there.

    `export_id` identifies the encoder's files: encoders of one fingerprint can return different vectors,
    for example in another precision. `keys` are those of all texts so far.
    """

    def __init__(
        self, spec: EncoderSpec, open_encoder: Callable[[], QueryEncoder], cache_folder: Path, export_id: str
    ) -> None:
        self.spec = spec
        self.keys: set[bytes] = set()
        self._encoder = cache(open_encoder)
        self._path = cache_folder / f"{spec.fingerprint}-query-{export_id}.sqlite"

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return raw vectors of shape (n_texts, dim), float32, unit norm."""
        with EmbeddingCache(self._path, self.spec.dim) as vectors:
            lookup = look_up(texts, len(texts), self.spec.dim, vectors)
            self.keys.update(lookup.keys)
            return embed_missing(lookup, texts.__getitem__, in_turn(self._encode), vectors, lambda _: None)

    def _encode(self, texts: Sequence[str]) -> FloatArray:
        return self._encoder().encode_queries(texts)


@dataclass(frozen=True, slots=True)
class QuerySample:
    """Query-like texts as the serving encoder encodes them.

    `headline_vectors` are the raw vectors of the headlines, by row; `bank` has those of the built-in
    query bank, by language; each of shape (n, dim), float32. For a student there are also those of the first words of
    articles, `sentences`, and of the built-in short queries, `short_bank`, by language.
    """

    headlines: Sequence[Headline]
    headline_vectors: FloatArray
    bank: Mapping[str, FloatArray]
    sentences: Mapping[str, FloatArray] = field(default_factory=dict)
    short_bank: Mapping[str, FloatArray] = field(default_factory=dict)

    @property
    def languages(self) -> list[str]:
        """Languages that have a headline or a bank."""
        return sorted({headline.language for headline in self.headlines} | set(self.bank))

    def headline_rows(self, language: str) -> list[int]:
        """Return the rows of one language's headlines."""
        return [row for row, headline in enumerate(self.headlines) if headline.language == language]


def embed_queries(corpus: Corpus, encoder: QueryEncoder, *, is_student: bool = False) -> QuerySample:
    """Return the raw vectors of the corpus's headlines and of the query bank, and what else a student needs."""
    sample = headlines(corpus.openings())
    sentences = opening_sentences(corpus.openings()) if is_student else {}
    short_banks = {language: short_query_bank(language) for language in BANK_LANGUAGES} if is_student else {}
    return QuerySample(
        headlines=sample,
        headline_vectors=encoder.encode_queries([headline.text for headline in sample]),
        bank={language: encoder.encode_queries(query_bank(language)) for language in BANK_LANGUAGES},
        sentences={language: encoder.encode_queries(texts) for language, texts in sentences.items()},
        short_bank={language: encoder.encode_queries(texts) for language, texts in short_banks.items()},
    )
