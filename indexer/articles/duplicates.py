"""Near-duplicates among articles: the same text under another id, and wire stories that outlets have edited.

Each article is a set of shingles, here all sequences of three consecutive words. MinHash signatures (Broder 1997)
estimate the Jaccard similarity of two sets. Banding (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, 3.4)
finds candidate pairs without comparing every article with every other one. Similar articles that are weeks apart are
not near-duplicates: they are reports that use the same form each time. Signatures are kept on disk, and one band of
them at a time in memory.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from rensa import RMinHash
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from indexer.snapshot.content.columns import NO_TIMESTAMP, ArticleRow
from indexer.snapshot.content.corpus_writer import ArticleText
from indexer.snapshot.text.normalisation import for_encoder

MIN_SIMILARITY = 0.6
"""Estimated Jaccard similarity from which two articles are near-duplicates (docs/articles.md)."""

MAX_DAYS_APART = 3
"""Outlets publish a wire story within three days; later similar articles are market reports and forecasts."""

_SHINGLE_WORDS = 3
_N_PERMUTATIONS = 128
_ROWS_PER_BAND = 4
"""Signature values in a band: 32 bands find 99 % of the pairs with similarity 0.6, and 5 % of those with 0.2."""

_SEED = 20150421
_BATCH = 512
_MAX_ORIGINALS = 256
"""How many of the latest originals of a component an article is compared with."""

_DAY_S = 86_400
_HASH_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as a 64-bit fraction: multiplicative hashing (Knuth, The Art of Computer Programming, 6.4)."""

_WORD = re.compile(r"\w+")

_Signatures = npt.NDArray[np.uint32]
_Entries = npt.NDArray[np.void]
_Pairs = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """`originals` maps each near-duplicate to its original, the first article that it is similar to.

    `n_exact` near-duplicates have the same words as their original.
    """

    originals: dict[ArticleRow, ArticleRow]
    n_exact: int

    @property
    def n_stories(self) -> int:
        """Number of articles that have near-duplicates."""
        return len(set(self.originals.values()))


_ENTRY = np.dtype([("signature", np.uint32, _N_PERMUTATIONS), ("digest", np.uint64), ("timestamp", np.int64)])
"""What is stored for each article: 528 bytes."""


def find_near_duplicates(articles: Iterable[ArticleText], path: Path) -> NearDuplicates:
    """Return the near-duplicates among articles, which come in row order.

    Two articles are near-duplicates if they have the same words, or if they are similar and were published within a
    few days. A working file is written to `path`.
    """
    with path.open("wb") as file:
        size = _write_entries(articles, file)
    if not size:
        return NearDuplicates({}, 0)
    entries = np.memmap(path, dtype=_ENTRY, mode="r")
    originals = dict(_originals(entries, _similar_pairs(entries, _candidate_pairs(entries))))
    n_exact = sum(bool(entries["digest"][row] == entries["digest"][first]) for row, first in originals.items())
    return NearDuplicates(originals, n_exact)


def _write_entries(articles: Iterable[ArticleText], file: BinaryIO) -> int:
    size = 0
    articles = iter(articles)
    while batch := list(islice(articles, _BATCH)):
        words = [_WORD.findall(for_encoder("\n".join(article.paragraphs)).casefold()) for article in batch]
        entries = np.empty(len(batch), dtype=_ENTRY)
        entries["signature"] = minhash_signatures(words)
        entries["digest"] = [_digest(article_words) for article_words in words]
        entries["timestamp"] = [NO_TIMESTAMP if article.timestamp is None else article.timestamp for article in batch]
        file.write(entries.tobytes())
        size += len(batch)
    return size


def minhash_signatures(articles: Sequence[Sequence[str]]) -> _Signatures:
    """Return the MinHash signature of each article, given as words, shape (n, 128), uint32."""
    matrix = RMinHash.digest_matrix_from_token_sets([_shingles(words) for words in articles], _N_PERMUTATIONS, _SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32)


def _shingles(words: Sequence[str]) -> list[str]:
    """Return all sequences of three words; a shorter text is one shingle."""
    if len(words) < _SHINGLE_WORDS:
        return [" ".join(words)]
    return [" ".join(shingle) for shingle in zip(words, words[1:], words[2:], strict=False)]


def _digest(words: Sequence[str]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest())


def _candidate_pairs(entries: _Entries) -> Iterator[_Pairs]:
    """Yield for each band the pairs of rows that agree in it, the smaller row first, shape (n, 2).

    Each row is paired with only two of the rows that agree with it: the earliest one, and the one published just
    before it. So the number of pairs grows with the number of rows and not with its square, even for a thousand
    weather reports.
    """
    for start in range(0, _N_PERMUTATIONS, _ROWS_PER_BAND):
        # Different values may have equal keys by chance; `_similar_pairs` drops such pairs.
        halves = np.ascontiguousarray(entries["signature"][:, start : start + _ROWS_PER_BAND]).view(np.uint64)
        keys = halves[:, 0] * _HASH_MULTIPLIER + halves[:, 1]
        order = np.lexsort((entries["timestamp"], keys))  # groups of equal keys, each in order of time
        is_first = np.r_[True, np.diff(keys[order]) != 0]
        first = order[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]
        others = np.flatnonzero(~is_first)
        pairs = np.concatenate([np.c_[first[others], order[others]], np.c_[order[others - 1], order[others]]])
        yield np.sort(pairs, axis=1)


def _similar_pairs(entries: _Entries, candidates: Iterable[_Pairs]) -> _Pairs:
    """Return the candidate pairs that are near-duplicates, sorted and without repetition, shape (n, 2)."""
    # A pair is stored as one number. Most pairs agree in many bands, so only new ones are compared.
    known_pairs = np.empty(0, dtype=np.int64)
    for pairs in candidates:
        new = np.setdiff1d(pairs[:, 0] * len(entries) + pairs[:, 1], known_pairs)
        similar = [
            batch[_are_near_duplicates(entries[batch // len(entries)], entries[batch % len(entries)])]
            for batch in np.array_split(new, len(new) // _BATCH + 1)
        ]
        known_pairs = np.union1d(known_pairs, np.concatenate(similar))
    return np.stack(np.divmod(known_pairs, len(entries)), axis=1)


def _are_near_duplicates(articles: _Entries, others: _Entries) -> npt.NDArray[np.bool_]:
    """Compare articles of shape (n,) with others of shape (n,) or (); return a mask of shape (n,)."""
    similarity = np.mean(articles["signature"] == others["signature"], axis=-1)
    undated = (articles["timestamp"] == NO_TIMESTAMP) | (others["timestamp"] == NO_TIMESTAMP)
    near_in_time = undated | (np.abs(articles["timestamp"] - others["timestamp"]) <= MAX_DAYS_APART * _DAY_S)
    same_words = articles["digest"] == others["digest"]
    near: npt.NDArray[np.bool_] = same_words | ((similarity >= MIN_SIMILARITY) & near_in_time)
    return near


def _originals(entries: _Entries, pairs: _Pairs) -> Iterator[tuple[ArticleRow, ArticleRow]]:
    """Yield the row of each near-duplicate with the row of its original, which is no near-duplicate itself.

    Connected articles are visited in row order. Each is a near-duplicate of the first original that it is similar to,
    or else an original itself. So a chain of articles, each similar only to the next one, does not become one story.
    """
    rows, ends = np.unique(pairs, return_inverse=True)
    ends = ends.reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(rows), len(rows)))
    _, component = connected_components(graph, directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(rows[order], np.flatnonzero(np.diff(component[order])) + 1):
        originals: list[int] = []
        for row in members.tolist():
            latest = originals[-_MAX_ORIGINALS:]
            matches = _are_near_duplicates(entries[latest], entries[row])
            if matches.any():
                yield ArticleRow(row), ArticleRow(latest[int(np.argmax(matches))])
            else:
                originals.append(row)
