"""The tools. Their names, docstrings and descriptions are all that a model knows about them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from indexer.snapshot.search.fields import MAX_QUERY_CHARS
from search_api.client import AsyncClient
from search_api.mcp_server.failures import in_names_of_tool, tool_errors
from search_api.mcp_server.results import ArticleResult, NewsResult, article_result, news_result
from search_api.schemas.request import MAX_OFFSET
from search_api.schemas.search import SearchResponse

MAX_ITEMS = 20

Query = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_QUERY_CHARS,
        description="What to look for, as a question, a headline or a few words, in any language: articles in all "
        'languages are found. "quoted words" must occur as they stand, and -word must not.',
    ),
]
Languages = Annotated[
    list[str] | None,
    Field(description='Only articles in these languages, as codes: ["en"], ["ar"]. By default in all of them.'),
]
Sources = Annotated[
    list[str] | None,
    Field(description='Only articles of these sources: ["Harbour Post"]. A dash excludes one: ["-Harbour Post"].'),
]
Day = Annotated[str | None, Field(description="A day, 2025-04-21, or a moment, 2025-04-21T09:30:00Z; inclusive.")]
Span = Annotated[str | None, Field(description="Only articles of the last 24h, 7d or 3w, counted from now.")]
SpanOrDay = Annotated[
    str | None, Field(description="Only articles of the last 24h, 7d or 3w, counted from now; not with published_from.")
]
ArticleId = Annotated[str, Field(description="The id of an article, as a result has it under article.")]
Limit = Annotated[int, Field(ge=1, le=MAX_ITEMS, description="How many articles.")]
Offset = Annotated[
    int, Field(ge=0, le=MAX_OFFSET, description="How many to skip: the next_offset of the result before.")
]


_FILTERS = {"k": "limit", "language": "languages", "source": "sources"}
"""What all tools call the parameters of the service, where the name is another one."""

_BY_DAY = {**_FILTERS, "q": "query"}
_BY_SPAN = {**_FILTERS, "q": "subject", "published_from": "since"}
"""The service says of a span which day it begins on, and tools without such an argument would not know of what."""


class NewsTools:
    """The tools over one client; several calls may run at once."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def search_news(
        self,
        query: Query,
        languages: Languages = None,
        sources: Sources = None,
        published_from: Day = None,
        published_to: Day = None,
        since: SpanOrDay = None,
        sort: Annotated[
            Literal["relevance", "newest", "oldest"],
            Field(description="The best matches first, or the relevant articles by date."),
        ] = "relevance",
        limit: Limit = 5,
        offset: Offset = 0,
    ) -> NewsResult:
        """Search a news archive by meaning, across languages.

        Returns articles to cite (title, source, date, url, language, id), each with its best paragraph in its own
        language. Near-duplicates are one result. Translate what you quote, and name the source.
        """
        names = _BY_DAY if since is None else {**_BY_DAY, "published_from": "since"}
        with tool_errors(_BY_DAY):
            answer = await self._client.search(
                query,
                k=limit,
                offset=offset,
                language=languages,
                source=sources,
                published_from=published_from,
                published_to=published_to,
                since=since,
                sort=sort,
                group="story",
            )
        return news_result(_named(answer, names), limit, offset)

    async def what_is_new(
        self,
        subject: Annotated[
            str,
            Field(
                min_length=1,
                max_length=MAX_QUERY_CHARS,
                description="The subject, in any language: a few words or a name.",
            ),
        ],
        since: Annotated[
            str, Field(description="How far back, counted from now: hours, days or weeks, as in 24h, 7d, 3w.")
        ] = "7d",
        languages: Languages = None,
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> NewsResult:
        """List the latest articles about a subject, the newest first, in all languages.

        Use it for "what is new about ...". Results are those of search_news.
        """
        with tool_errors(_BY_SPAN):
            answer = await self._client.search(
                subject, k=limit, offset=offset, language=languages, since=since, sort="newest", group="story"
            )
        return news_result(_named(answer, _BY_SPAN), limit, offset)

    async def similar_articles(
        self,
        article_id: ArticleId,
        languages: Languages = None,
        since: Span = None,
        limit: Limit = 5,
        offset: Offset = 0,
    ) -> NewsResult:
        """Find articles like one, in any language: how others report the same, and what is close to it.

        Copies of the article are left out. Results are those of search_news.
        """
        with tool_errors(_BY_SPAN):
            answer = await self._client.similar(
                article_id, k=limit, offset=offset, language=languages, since=since, group="story"
            )
        return news_result(_named(answer, _BY_SPAN), limit, offset)

    async def get_article(
        self,
        article_id: ArticleId,
        first_paragraph: Annotated[
            int, Field(ge=1, description="Where to begin: the next_paragraph of the part before.")
        ] = 1,
    ) -> ArticleResult:
        """Read an article: who wrote it, when, and its paragraphs. Long ones come in parts."""
        with tool_errors(_FILTERS):
            article = await self._client.article(article_id)
        return article_result(article, first_paragraph)


def _named(answer: SearchResponse, names: Mapping[str, str]) -> SearchResponse:
    """Return an answer whose warnings speak of the arguments of a tool."""
    return replace(answer, warnings=tuple(in_names_of_tool(warning, names) for warning in answer.warnings))
