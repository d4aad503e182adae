"""Which shard has which row: each numbers its own rows from 0, in the order that they have in the whole version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.index.vector_index import Mask, Rows

MAX_SHARDS = 1_024

ShardNumbers = npt.NDArray[np.uint16]
"""The number of the shard of each row, shape (n,)."""

_DIGEST_BYTES = 8


def shard_of_article(article_id: str, n_shards: int) -> int:
    """Return the number of the shard that has an article: it depends on nothing but the id and how many there are."""
    return int.from_bytes(sha256(article_id.encode()).digest()[:_DIGEST_BYTES]) % n_shards


def save_shard_numbers(path: Path, shards: ShardNumbers) -> None:
    """Write the shard of every article as a NumPy array."""
    with path.open("wb") as stream:
        np.save(stream, shards, allow_pickle=False)


def open_shard_numbers(path: Path, n_articles: int, n_shards: int) -> ShardNumbers:
    """Read what `save_shard_numbers` wrote.

    Raises:
        SnapshotDamaged: the file is no such array, or does not fit to a version of so many articles and shards.
    """
    try:
        with path.open("rb") as stream:
            shards: ShardNumbers = np.load(stream, allow_pickle=False)
    except Exception as error:  # numpy has many errors for a file that is no array
        raise SnapshotDamaged(f"{path} does not hold the shards of articles; rebuild the index") from error
    if shards.dtype != np.uint16 or shards.shape != (n_articles,) or (shards >= n_shards).any():
        raise SnapshotDamaged(f"{path} does not hold the shards of these articles; rebuild the index")
    return shards


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of one shard: their numbers there, and `at`, the places that they have among those asked for."""

    shard: int
    rows: Rows
    at: Rows


class Division:
    """Translates row numbers between a version, or one language of it, and its shards."""

    def __init__(self, shards: ShardNumbers, n_shards: int) -> None:
        """Take the shard of each row, shape (n,)."""
        self.size = len(shards)
        self._shards = shards
        self._whole = [np.flatnonzero(shards == shard).astype(np.int32) for shard in range(n_shards)]
        self._own = np.empty(len(shards), dtype=np.int32)
        for rows in self._whole:
            self._own[rows] = np.arange(len(rows), dtype=np.int32)

    @property
    def sizes(self) -> list[int]:
        """How many rows each shard has."""
        return [len(rows) for rows in self._whole]

    def in_version(self, shard: int, rows: npt.NDArray[np.integer[Any]]) -> Rows:
        """Return the numbers that some rows of a shard have in the version, shape (n,)."""
        return self._whole[shard].take(rows).astype(np.int64)

    def of_shard(self, shard: int, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return those of the values of all rows, shape (size, ...), that are of a shard's rows, in their order."""
        return values.take(self._whole[shard], axis=0)

    def parts(self, rows: npt.NDArray[np.integer[Any]]) -> Iterator[Part]:
        """Yield the rows of each shard that has any of some rows of the version."""
        shards = self._shards.take(rows)
        for shard in np.unique(shards).tolist():
            at = np.flatnonzero(shards == shard)
            yield Part(shard, self._own.take(rows[at]).astype(np.int64), at)


def gathered(parts: Sequence[Part], answers: Mapping[int, npt.NDArray[Any]], n: int, dtype: npt.DTypeLike) -> Any:
    """Return what shards say of `n` rows, in the order of these rows, shape (n,); 0 for rows of a shard that is silent.

    `answers` has what each shard says of its part, by the number of the shard.
    """
    whole = np.zeros(n, dtype=dtype)
    for part in parts:
        if part.shard in answers:
            whole[part.at] = answers[part.shard]
    return whole


def packed(mask: Mask) -> bytes:
    """Return a mask as one bit for each row."""
    return np.packbits(mask, bitorder="little").tobytes()


def unpacked(bits: bytes, n: int) -> Mask:
    """Return the mask of `n` rows that `packed` made."""
    mask: Mask = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=n, bitorder="little").view(np.bool_)
    return mask
