"""The values of a field in responses."""

from dataclasses import dataclass

from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.reader import Snapshot
from search_api.schemas.index import IndexRef

DEFAULT_VALUES, MAX_VALUES = 100, 1_000
"""Values in one answer."""


@dataclass(slots=True)
class FacetResponse:
    """The values of a field in the whole index, those of most articles first."""

    field: Facet
    values: tuple[FacetValue, ...]
    index: IndexRef

    @classmethod
    def of(cls, snapshot: Snapshot, field: Facet, prefix: str, k: int) -> "FacetResponse":
        """Return the wire form of the first `k` values of a field that begin with `prefix`."""
        return cls(field, snapshot.facets.of_version(field, prefix, k), IndexRef.of(snapshot.manifest))
