"""Saved searches, as people write them into a store."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from indexer.snapshot.errors import StoreError, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.scores.calibration import CONFIDENT
from indexer.snapshot.search.fields import Languages, QueryText, SearchFields
from indexer.snapshot.search.query import Group, Mode, Query, TextTarget
from indexer.store.edited_files import read_edited_lines


def _comma_list(value: object) -> object:
    """Return a list of language tags as the comma-separated text that requests have."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


class SavedSearch(SearchFields):
    """A search that is run after each build; its fields are those of a search over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    query: QueryText
    language: Annotated[Languages, BeforeValidator(_comma_list)] = None
    k: int | None = Field(default=None, ge=1)
    min_relevance: float = Field(default=CONFIDENT, ge=0, le=1)
    # With words, a hit has the relevance of its place; here each paragraph's own one decides whether it is an alert.
    mode: Mode = Mode.SEMANTIC

    def to_query(self, k: int, offset: int) -> Query:
        """Return the search that these fields describe, for some of its hits; near-duplicates are one hit."""
        target = TextTarget(self.query, self.query_language)
        return Query(target, k=k, offset=offset, group=Group.STORY, filters=self.filters, mode=self.mode)


def read_saved_searches(store: StoreLayout) -> list[SavedSearch]:
    """Return the saved searches of a store.

    Raises:
        StoreNotFound: the store has no file of them.
        StoreError: a line cannot be used, or two lines have the same id.
    """
    path = store.saved_searches
    searches: dict[str, SavedSearch] = {}
    try:
        for line in read_edited_lines(path, SavedSearch):
            saved = line.content
            if saved is None:
                raise StoreError(line.problem)
            if saved.id in searches:
                raise StoreError(f"{line.place}: id {saved.id!r} is used twice")
            searches[saved.id] = saved
    except FileNotFoundError as error:
        raise StoreNotFound(f"no saved searches: write them to {path}, one JSON object a line") from error
    return list(searches.values())
