"""Vectors for many texts: known ones from the cache, the others from the encoder."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.embedding.cache import EmbeddingCache, text_key
from indexer.reporting.progress import ProgressCallback
from indexer.snapshot.encoder.query_encoder import FloatArray

Encode = Callable[[Sequence[str]], FloatArray]
"""Texts to vectors of shape (n_texts, dim), float32, unit norm."""

_CHUNK = 256
_LOOK_UP_AT_ONCE = 4_096
_SHUFFLE_SEED = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """A text that is not in the cache, and where it stands."""

    key: bytes
    row: int
    length: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What the cache knew: `vectors`, shape (n_texts, dim), with rows of `missing` still zero."""

    vectors: FloatArray
    keys: list[bytes]
    missing: list[Missing]


def look_up(texts: Iterable[str], n_texts: int, dim: int, cache: EmbeddingCache) -> Looked:
    """Look every text up in the cache; equal texts are missing once."""
    vectors = np.zeros((n_texts, dim), dtype=np.float32)
    keys: list[bytes] = []
    missing: dict[bytes, Missing] = {}
    pending: list[tuple[bytes, int]] = []

    def resolve() -> None:
        first = len(keys)
        known = cache.get([key for key, _ in pending])
        for row, (key, length) in enumerate(pending, start=first):
            keys.append(key)
            if key in known and row < n_texts:
                vectors[row] = known[key]
            else:
                missing.setdefault(key, Missing(key, row, length))
        pending.clear()

    for text in texts:
        pending.append((text_key(text), len(text)))
        if len(pending) == _LOOK_UP_AT_ONCE:
            resolve()
    resolve()
    if len(keys) != n_texts:
        raise ValueError(f"{n_texts} texts were announced, {len(keys)} came")
    return Looked(vectors, keys, list(missing.values()))


def embed_missing(
    looked: Looked, text_of_row: Callable[[int], str], encode: Encode, cache: EmbeddingCache, advance: ProgressCallback
) -> FloatArray:
    """Encode what was missing, keep it in the cache and return the complete vectors.

    Texts of about one length are encoded together, so that little of a batch is padding. The
    chunks then come in a shuffled order (seeded), so that the rate is steady and the time left is
    told truly. Each finished chunk is in the cache, whatever happens later.
    """
    by_length = sorted(looked.missing, key=lambda text: (text.length, text.row))
    chunks = [by_length[start : start + _CHUNK] for start in range(0, len(by_length), _CHUNK)]
    random.Random(_SHUFFLE_SEED).shuffle(chunks)  # noqa: S311  # no secret
    fresh: dict[bytes, FloatArray] = {}
    for chunk in chunks:
        vectors = encode([text_of_row(text.row) for text in chunk])
        done = {text.key: vector for text, vector in zip(chunk, vectors, strict=True)}
        cache.put(done)
        fresh |= done
        advance(len(chunk))
    if fresh:
        for row, key in enumerate(looked.keys):
            if key in fresh:
                looked.vectors[row] = fresh[key]
    return looked.vectors
