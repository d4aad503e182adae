"""Parameters of a search, in the query string or as JSON."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from indexer.snapshot.index.facets import Facet
from indexer.snapshot.search.fields import MAX_HITS, FilterText, QueryText, SearchFields
from indexer.snapshot.search.query import Group, Mode, Query, TextTarget

MAX_OFFSET = 1_000


def _facets(value: str | None) -> str | None:
    read_facets(value)
    return value


def read_facets(value: str | None) -> tuple[Facet, ...]:
    """Return the facets in a comma list, each once; none for None.

    Raises:
        ValueError: there is no such facet.
    """
    names = [name.strip() for name in value.split(",")] if value else []
    for name in names:
        if name not in set(Facet):
            raise ValueError(f"{name!r} is none of {', '.join(Facet)}")
    return tuple(dict.fromkeys(map(Facet, names)))


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
        description="Best paragraph of each article, of each story (near-duplicates are one), or every paragraph.",
    )
    mode: Mode = Field(
        default=Mode.HYBRID,
        description="Search by meaning, by meaning and words, or by both where every word occurs.",
    )
    facets: Annotated[FilterText, AfterValidator(_facets)] = Field(
        default=None,
        description="Fields whose values are counted over all relevant articles, comma-separated: source, language, "
        "tag, author, day, month.",
    )
    index_version: FilterText = Field(
        default=None, description="Answer from this version or not at all (409): for the second page and later ones."
    )

    def to_query(self) -> Query:
        """Return the search that these parameters describe."""
        target = TextTarget(self.q, self.query_language)
        return Query(
            target,
            self.k,
            self.offset,
            self.group,
            self.filters,
            mode=self.mode,
            facets=read_facets(self.facets),
        )
