"""The search parameters of each kind of approximate index: what serving has to know of a kind.

`indexer.vectors.kinds` builds the same kinds. A new kind gets its name in `record.py`, an entry in
`SEARCH_SETTINGS` here and a builder there.

FAISS objects are typed as Any, here and in `vector_index.py`: its stubs describe the C++ signatures.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import faiss

from indexer.snapshot.index.record import ApproximateKind

_MAX_EF_SEARCH = 2_048


class SearchSettings(Protocol):
    """Turns the search parameter of a kind into FAISS's settings of one search."""

    def max_parameter(self, index: Any) -> int:
        """Return the largest search parameter worth using with a FAISS index of this kind."""
        ...

    def for_search(self, search_parameter: int, n: int, selector: Any | None) -> Any:
        """Return FAISS's settings of a search for `n` rows that `selector` accepts (None: all rows)."""
        ...


class InvertedListSettings:
    """The search parameter is nprobe: the number of lists that are read."""

    def max_parameter(self, index: Any) -> int:
        """Return the number of lists."""
        return int(index.nlist)

    def for_search(self, search_parameter: int, n: int, selector: Any | None) -> Any:  # noqa: ARG002  # lists need no n
        """Return settings with that nprobe."""
        return faiss.SearchParametersIVF(nprobe=search_parameter, sel=selector)


class GraphSettings:
    """The search parameter is efSearch: the number of nodes that a search keeps in its queue."""

    def max_parameter(self, index: Any) -> int:  # noqa: ARG002  # the same for a graph of any size
        """Return 2,048."""
        return _MAX_EF_SEARCH

    def for_search(self, search_parameter: int, n: int, selector: Any | None) -> Any:
        """Return settings with that efSearch, or `n` where that is larger: a graph finds at most efSearch rows."""
        return faiss.SearchParametersHNSW(efSearch=max(search_parameter, n), sel=selector)


SEARCH_SETTINGS: Mapping[ApproximateKind, SearchSettings] = {
    "ivf-pq4": InvertedListSettings(),
    "ivf-sq8": InvertedListSettings(),
    "hnsw-sq8": GraphSettings(),
}
