"""Vectors for many texts: from the cache where it has them, else from the encoder."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.reporting.progress import ProgressCallback
from indexer.snapshot.encoder.query_encoder import FloatArray

Encode = Callable[[Sequence[str]], FloatArray]
"""Texts to vectors of shape (n_texts, dim), float32, unit norm."""

EncodeChunks = Callable[[Iterable[Sequence[str]]], Iterator[tuple[int, FloatArray]]]
"""Chunks of texts to the place of each chunk among them, from 0, and its vectors, in whatever order they are ready."""

_CHUNK = 256
_LOOKUP_BATCH = 4_096
_SHUFFLE_SEED = 0


@dataclass(frozen=True, slots=True)
class MissingText:
    """A text that is not in the cache: its key, the first row that has it, and its length in characters."""

    key: bytes
    row: int
    length: int


@dataclass(frozen=True, slots=True)
class CacheLookup:
    """The result of looking up texts: `keys` by row, and what the cache has.

    `vectors`, shape (n_texts, dim), float32, are zero in the rows of `missing` texts.
    """

    vectors: FloatArray
    keys: list[bytes]
    missing: list[MissingText]


def in_turn(encode: Encode) -> EncodeChunks:
    """Return what encodes one chunk after the other."""

    def encode_chunks(chunks: Iterable[Sequence[str]]) -> Iterator[tuple[int, FloatArray]]:
        for place, texts in enumerate(chunks):
            yield place, encode(texts)

    return encode_chunks


def look_up(texts: Iterable[str], n_texts: int, dim: int, cache: EmbeddingCache) -> CacheLookup:
    """Look every text up in the cache; of equal texts that are missing, the first is listed."""
    vectors = np.zeros((n_texts, dim), dtype=np.float32)
    keys: list[bytes] = []
    missing: dict[bytes, MissingText] = {}
    remaining = iter(texts)
    while batch := [(text_key(text), len(text)) for text in islice(remaining, _LOOKUP_BATCH)]:
        cached = cache.get([key for key, _ in batch])
        for row, (key, length) in enumerate(batch, start=len(keys)):
            keys.append(key)
            if key in cached and row < n_texts:
                vectors[row] = cached[key]
            else:
                missing.setdefault(key, MissingText(key, row, length))
    if len(keys) != n_texts:
        raise ValueError(f"{n_texts} texts were announced, {len(keys)} were given")
    return CacheLookup(vectors, keys, list(missing.values()))


def embed_missing(
    lookup: CacheLookup,
    text_of_row: Callable[[int], str],
    encode_chunks: EncodeChunks,
    cache: EmbeddingCache,
    advance: ProgressCallback,
) -> FloatArray:
    """Encode the missing texts, put them into the cache, and return the vectors of all texts.

    The vectors of `lookup` are completed in place. Texts of similar length are encoded together, so that batches have
    little padding. The order of these chunks is shuffled (with a fixed seed), so that the rate is steady and the
    estimate of the time left is right. Each finished chunk is in the cache, whatever happens later.
    """
    by_length = sorted(lookup.missing, key=lambda text: (text.length, text.row))
    chunks = [by_length[start : start + _CHUNK] for start in range(0, len(by_length), _CHUNK)]
    random.Random(_SHUFFLE_SEED).shuffle(chunks)  # noqa: S311  # no secret
    encoded: dict[bytes, FloatArray] = {}
    texts = ([text_of_row(text.row) for text in chunk] for chunk in chunks)
    for place, vectors in encode_chunks(texts):
        chunk = chunks[place]
        chunk_vectors = {text.key: vector for text, vector in zip(chunk, vectors, strict=True)}
        cache.put(chunk_vectors)
        encoded |= chunk_vectors
        advance(len(chunk))
    if encoded:
        for row, key in enumerate(lookup.keys):
            if key in encoded:
                lookup.vectors[row] = encoded[key]
    return lookup.vectors
