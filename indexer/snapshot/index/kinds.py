"""The search parameters of each kind of approximate index: what serving has to know of a kind.

`indexer.vectors.kinds` builds the same kinds. A new kind gets its name in `record.py`, an entry in
`SEARCH_SETTINGS` here and a builder there.

FAISS objects are typed as Any, here and in `vector_index.py`: its stubs describe the C++ signatures.
"""

from collections.abc import Mapping
from typing import Any

import faiss

from indexer.snapshot.index.record import ApproximateKind

_MAX_EF_SEARCH = 2_048


class InvertedListSettings:
    """The search parameter is nprobe: the number of lists that are read."""

    def max_parameter(self, index: Any) -> int:
        """Return the largest value worth using: the number of lists of `index`."""
        return int(index.nlist)

    def for_search(self, search_parameter: int, n: int, selector: Any | None) -> Any:  # noqa: ARG002  # as below
        """Return FAISS's settings of a search for `n` rows that `selector` accepts (None: all rows)."""
        return faiss.SearchParametersIVF(nprobe=search_parameter, sel=selector)


class GraphSettings:
    """The search parameter is efSearch: the number of nodes in the queue of a search."""

    def max_parameter(self, index: Any) -> int:  # noqa: ARG002  # as above
        """Return the largest value worth using."""
        return _MAX_EF_SEARCH

    def for_search(self, search_parameter: int, n: int, selector: Any | None) -> Any:
        """Return settings as above; efSearch is at least `n`, because a graph finds at most efSearch rows."""
        return faiss.SearchParametersHNSW(efSearch=max(search_parameter, n), sel=selector)


SearchSettings = InvertedListSettings | GraphSettings

SEARCH_SETTINGS: Mapping[ApproximateKind, SearchSettings] = {
    "ivf-pq4": InvertedListSettings(),
    "ivf-sq8": InvertedListSettings(),
    "hnsw-sq8": GraphSettings(),
}
