"""The same searches in a store in one piece and in a divided one, both in this process."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.cluster.records import AnswerPair, Comparison
from benchmarks.cluster.searches import random_searches
from benchmarks.harness.errors import BenchmarkError
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.search import SearchResult, search

_FIRST = 10


def compare(whole: Path, divided: Path, texts: Sequence[str], n: int) -> Comparison:
    """Answer `n` searches with both stores, which must have the same articles.

    Raises:
        BenchmarkError: they have not, or the second is not divided.
    """
    with open_snapshot(whole) as one_piece, open_snapshot(divided) as shards:
        _check_same_articles(one_piece, shards)
        queries = random_searches(one_piece.corpus.columns, texts, n)
        pairs = [
            answer_pair(search(one_piece, query), search(shards, query), is_first_page=query.offset == 0)
            for query in queries
        ]
        records = [record for shard in shards.manifest.shards for record in shard.index.values()]
        return Comparison(len(shards.manifest.shards), sorted({record.kind for record in records}), pairs)


def answer_pair(whole: SearchResult, divided: SearchResult, *, is_first_page: bool) -> AnswerPair:
    """Compare two answers to one search, and where it begins with the first hit, what of the first ones is found."""
    ids, divided_ids = ([hit.paragraph.id for hit in result.hits] for result in (whole, divided))
    errors = [abs(one.score - other.score) for one, other in zip(whole.hits, divided.hits, strict=False)]
    is_equal = ids == divided_ids and whole.facets == divided.facets and whole.confident == divided.confident
    first = ids[:_FIRST] if is_first_page else []
    return AnswerPair(is_equal, max(errors, default=0.0), len({*first} & {*divided_ids[:_FIRST]}), len(first))


def _check_same_articles(one_piece: Snapshot, shards: Snapshot) -> None:
    if not shards.manifest.shards:
        raise BenchmarkError(f"version {shards.manifest.version} is not divided: build it with --shards")
    if one_piece.corpus.paragraph_ids() != shards.corpus.paragraph_ids():
        raise BenchmarkError(f"versions {one_piece.manifest.version} and {shards.manifest.version} have other articles")
