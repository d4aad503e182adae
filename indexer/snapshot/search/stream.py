"""The one search for results of many hits: one ranking, whose hits are fetched part by part."""

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.page import Hit, cut, hits_of, shown_relevances
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.query_warnings import query_warnings
from indexer.snapshot.search.search import FoundGroups, find
from indexer.snapshot.search.understand import EncodeText, QueryVector, understand

PART_HITS = 100
"""Hits that are fetched, and in memory, at once."""


@dataclass(frozen=True, slots=True)
class HitStream:
    """All hits of a query, ranked once; the snapshot must stay open as long as they are read."""

    snapshot: Snapshot
    query: Query
    understood: QueryVector
    found: FoundGroups

    @property
    def text(self) -> str:
        """What people read as the query: its text, or of an article or a long text the title or the beginning."""
        return self.understood.text

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what the query asks for and the corpus lacks."""
        return tuple(query_warnings(self.snapshot, self.query, self.understood))

    def parts(self) -> Iterator[tuple[Hit, ...]]:
        """Yield the hits in order, up to `PART_HITS` at a time: together they are the hits of one search."""
        query, ranking = self.query, self.found.ranking
        shown = shown_relevances(self.snapshot, ranking, query, self.understood)
        for begun in range(0, len(shown), PART_HITS):
            start = query.offset + begun
            relevances = shown[begun : begun + PART_HITS]
            part = cut(ranking, start, start + len(relevances))
            yield hits_of(self.snapshot, part, start + 1, relevances, query, self.understood, self.found.passing)


def stream(snapshot: Snapshot, query: Query, encode: EncodeText | None = None) -> HitStream:
    """Rank the hits of a query, which has no facets, for reading them part by part; raises as `search` does."""
    understood = understand(snapshot, query.target, encode, query.mode)
    return HitStream(snapshot, query, understood, find(snapshot, query, understood))
