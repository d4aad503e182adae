"""How the vectors of one language are indexed, and how well: a part of the manifest."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

SearchParameter = Annotated[int, Field(alias="effort")]
"""nprobe of inverted lists, efSearch of a graph, 0 for an exact search; "effort" in the manifest."""

ApproximateKind = Literal["hnsw-sq8", "ivf-sq8", "ivf-pq4"]
"""Graph over 8-bit vectors, inverted lists of 8-bit vectors, inverted lists of 4-bit product codes."""

IndexKind = Literal["exact", ApproximateKind]


@dataclass(frozen=True, slots=True)
class IndexMeasurement:
    """Recall, speed and size of one kind of index with one search parameter.

    `recall_at_10` is the mean recall of the ten nearest paragraphs (`indexer.vectors.recall`),
    `ms_per_query` the median in milliseconds on one thread of the machine that built the index,
    `bytes_per_vector` the memory of the index without the full vectors.
    """

    kind: str
    search_parameter: SearchParameter
    recall_at_10: float
    ms_per_query: float
    bytes_per_vector: float


@dataclass(frozen=True, slots=True)
class FilteredSearch:
    """The search parameter for filters that keep `share` of the paragraphs or more, 0 to 1."""

    share: float
    search_parameter: SearchParameter


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """How vectors are searched, and how well.

    An approximate index finds `candidates` rows with its `search_parameter`; the best of them by their
    full vectors are returned. `filtered` has the parameters of filtered searches, by falling share. If a
    filter keeps at most `exact_up_to` paragraphs, the search compares the query with all of them.
    `recall_at_10` was measured on `recall_queries` held-out queries, which took no part in the choice.
    `curve` holds every measurement made for the choice.
    """

    kind: IndexKind
    candidates: int
    search_parameter: SearchParameter
    filtered: tuple[FilteredSearch, ...]
    exact_up_to: int
    recall_at_10: float
    recall_queries: int
    curve: tuple[IndexMeasurement, ...]

    @classmethod
    def exact(cls, curve: tuple[IndexMeasurement, ...] = ()) -> "IndexRecord":
        """Return the record of an index that compares a query with every vector."""
        return cls("exact", 0, 0, (), 0, 1.0, 0, curve)

    @classmethod
    def unmeasured(cls, kind: ApproximateKind, candidates: int) -> "IndexRecord":
        """Return the record of an index whose search parameter is still to be chosen: the smallest one, 1."""
        return cls(kind, candidates, 1, (), 0, 0.0, 0, ())

    def parameter_for(self, share: float) -> int:
        """Return the search parameter for a filter that keeps `share` of the paragraphs, 0 to 1."""
        if share >= 1 or not self.filtered:
            return self.search_parameter
        fitting = (entry.search_parameter for entry in self.filtered if share >= entry.share)
        return next(fitting, self.filtered[-1].search_parameter)
