"""What people should know about a query besides its hits: what it asks for that the corpus lacks or cannot do."""

from collections.abc import Iterator

import numpy as np

from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query, Sort
from indexer.snapshot.search.understand import QueryVector

_SIGNS_IGNORED = (
    "q: quotes and exclusions mean nothing in a query of more than 12 words, and in an index without words, which "
    "`khabar index build` replaces"
)


def query_warnings(snapshot: Snapshot, query: Query, understood: QueryVector) -> Iterator[str]:
    """Yield a sentence for each thing."""
    yield from snapshot.filters.warnings(query.filters)
    is_limited = query.filters.published_from is not None or query.filters.published_to is not None
    if query.sort in {Sort.NEWEST, Sort.OLDEST} and not is_limited:  # a filter of dates leaves them out
        yield from snapshot.filters.about_undated("sort", "are last")
    if understood.ignores_signs:
        yield _SIGNS_IGNORED
    yield from _about_phrases(snapshot, query, understood)


def _about_phrases(snapshot: Snapshot, query: Query, understood: QueryVector) -> Iterator[str]:
    """Yield that a phrase has left a whole language out, which who searches across languages does not expect."""
    evidence, columns = understood.evidence, snapshot.corpus.columns
    if evidence.passing is None or evidence.text is None or not evidence.text.phrases:
        return
    having = {columns.languages[code] for code in np.unique(columns.paragraph_language[evidence.passing])}
    wanted = {*snapshot.index.indexes} & {*(query.filters.languages or snapshot.index.indexes)}
    if having and (left_out := sorted(wanted - having)):
        yield f"q: no paragraph in {', '.join(left_out)} has the words in quotes; without quotes, it is searched too"
