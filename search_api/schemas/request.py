"""Parameters of a search, in the query string or as JSON."""

from pydantic import ConfigDict, Field

from indexer.snapshot.search.fields import MAX_HITS, FilterText, QueryText, SearchFields
from indexer.snapshot.search.query import Group, Query, TextTarget

MAX_OFFSET = 1_000


class SearchRequest(SearchFields):
    """Parameters of a search, in the query string or as JSON."""

    model_config = ConfigDict(extra="forbid")

    q: QueryText = Field(
        description="What to look for, in any language the model knows; 1 to 1,000 characters.",
        examples=["معاهدة الشراكة بين روسيا وإيران"],
    )
    k: int = Field(default=10, ge=1, le=MAX_HITS, description="How many hits to return.")
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="How many hits of the ranking to skip.")
    group: Group = Field(
        default=Group.ARTICLE,
        description="Best paragraph of each article, of each story (near-duplicates are one), of each event (articles "
        "about it in all languages are one), or every paragraph.",
    )
    index_version: FilterText = Field(
        default=None, description="Answer from this version or not at all (409): for the second page and later ones."
    )

    def to_query(self) -> Query:
        """Return the search that these parameters describe."""
        target = TextTarget(self.q, self.query_language)
        return Query(target, self.k, self.offset, self.group, self.filters)
