"""How the vectors of one language are searched, and how well: a part of the manifest."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

SearchParameter = Annotated[int, Field(alias="effort")]
"""nprobe of inverted lists, efSearch of a graph, 0 for an exact search; "effort" in the manifest."""

IndexKind = Literal["exact", "hnsw-sq8", "ivf-sq8", "ivf-pq4"]


@dataclass(frozen=True, slots=True)
class IndexMeasurement:
    """What one kind of index reached with one search parameter.

    `recall_at_10` is the mean share of the true ten nearest paragraphs that were found,
    `ms_per_query` the median on one thread of the machine that built it, `bytes_per_vector` the
    memory that the index itself takes.
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
    full vectors are returned. `filtered` has the parameters of filtered searches, by falling share; a
    filter that keeps at most `exact_up_to` paragraphs has them scanned. `recall_at_10` was measured on
    `recall_queries` held-out queries, which chose nothing. `curve` holds every measurement made for
    the choice.
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

    def parameter_for(self, share: float) -> int:
        """Return the search parameter for a filter that keeps `share` of the paragraphs, 0 to 1."""
        if share >= 1 or not self.filtered:
            return self.search_parameter
        fitting = (entry.search_parameter for entry in self.filtered if share >= entry.share)
        return next(fitting, self.filtered[-1].search_parameter)
