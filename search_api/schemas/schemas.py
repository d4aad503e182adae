"""Wire types of HTTP version 1: what requests may hold and what responses look like."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter

from indexer.snapshot.content.article import ArticleSummary, Paragraph, Published
from indexer.snapshot.content.corpus import StoredArticle
from indexer.snapshot.format.manifest import Manifest
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.ranking import Group
from indexer.snapshot.text.language import canonical_language
from indexer.snapshot.text.normalisation import as_published, for_query_encoder
from search_api.search import MAX_DUPLICATES, Hit, Query, Result

MAX_QUERY_CHARS = 1_000
MAX_HITS = 100
MAX_OFFSET = 1_000
_MAX_FILTER_CHARS = 1_000


def _absent_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _query_text(value: str) -> str:
    text = as_published(value)
    if not for_query_encoder(text):
        raise ValueError("holds nothing to search for")
    return text


def _moment(value: str | None) -> str | None:
    if value is not None:
        Published.parse(value)
    return value


def _languages(value: str | None) -> str | None:
    if value is None:
        return None
    return ",".join(canonical_language(tag.strip()) for tag in value.split(","))


def _language(value: str | None) -> str | None:
    return None if value is None else canonical_language(value.strip())


QueryText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUERY_CHARS),
    AfterValidator(_query_text),
]
_ShortText = Annotated[str, StringConstraints(max_length=_MAX_FILTER_CHARS)]
_FilterText = Annotated[_ShortText | None, BeforeValidator(_absent_if_blank)]
_Languages = Annotated[_FilterText, AfterValidator(_languages)]
_Language = Annotated[_FilterText, AfterValidator(_language)]
_Moment = Annotated[_FilterText, AfterValidator(_moment)]


class SearchRequest(BaseModel):
    """Parameters of a search, in the query string or as JSON."""

    model_config = ConfigDict(extra="forbid")

    q: QueryText = Field(
        description="What to look for, in any language the model knows; 1 to 1,000 characters.",
        examples=["معاهدة الشراكة بين روسيا وإيران"],
    )
    k: int = Field(default=10, ge=1, le=MAX_HITS, description="How many hits to return.")
    offset: int = Field(default=0, ge=0, le=MAX_OFFSET, description="How many hits of the ranking to pass over.")
    language: _Languages = Field(
        default=None, description="Languages of the results, comma-separated, such as en,ar; all by default."
    )
    query_language: _Language = Field(default=None, description="Language of the query; detected by default.")
    source: _FilterText = Field(default=None, description="Only articles of this source, spelled as they spell it.")
    published_from: _Moment = Field(
        default=None, description="Earliest day (2025-04-21) or moment (2025-04-21T09:30:00Z), inclusive."
    )
    published_to: _Moment = Field(default=None, description="Latest day or moment, inclusive; a day to its end.")
    group: Group = Field(
        default=Group.ARTICLE,
        description="Best paragraph of each article, of each story (copies are one), or every paragraph.",
    )
    index_version: _FilterText = Field(
        default=None, description="Answer from this version or not at all (409): for the second page and later ones."
    )

    def to_query(self) -> Query:
        """Return the search that was asked for."""
        return Query(
            text=self.q,
            k=self.k,
            offset=self.offset,
            language=self.query_language,
            group=self.group,
            filters=Filters(
                languages=tuple(self.language.split(",")) if self.language else (),
                sources=(self.source,) if self.source else (),
                published_from=Published.parse(self.published_from) if self.published_from else None,
                published_to=Published.parse(self.published_to) if self.published_to else None,
            ),
        )


# What goes out are dataclasses: what was made here needs no validation, which would take longer than a
# search has left. Pydantic still writes them, and FastAPI describes them.
@dataclass(slots=True)
class QueryOut:
    """The query as it was understood."""

    text: str
    language: Annotated[str, Field(description='BCP-47, "und" where it cannot be told.')]


@dataclass(slots=True, kw_only=True)
class ArticleRef:
    """What a hit says about its article."""

    id: str
    title: str | None
    language: str
    source: str | None
    url: str | None
    published_at: str | None

    @classmethod
    def of(cls, article: ArticleSummary) -> "ArticleRef":
        """Return the wire form of an article without its text."""
        return ArticleRef(
            id=article.id,
            title=article.title,
            language=article.language,
            source=article.source,
            url=article.url,
            published_at=article.published.text if article.published else None,
        )


@dataclass(slots=True)
class ParagraphOut:
    """A paragraph; positions count from 1 within the article."""

    id: str
    position: int
    section: str | None
    text: str
    language: Annotated[str, Field(description="That of the article, unless it is surely another.")]

    @classmethod
    def of(cls, paragraph: Paragraph) -> "ParagraphOut":
        """Return the wire form of a paragraph."""
        return cls(
            id=paragraph.id,
            position=paragraph.position,
            section=paragraph.section,
            text=paragraph.text,
            language=paragraph.language,
        )


@dataclass(slots=True)
class HitOut:
    """One hit; `score` is the cosine in the language-neutral space, all pairs of languages on one scale."""

    rank: int
    score: float
    relevance: Annotated[float, Field(description="How surely the score is more than chance, 0 to 1.")]
    article: ArticleRef
    paragraph: ParagraphOut
    duplicate_count: Annotated[
        int, Field(description="How many other articles that pass the filters are copies of this one.")
    ]
    duplicates: Annotated[list[ArticleRef], Field(description=f"The first {MAX_DUPLICATES} of them.")]

    @classmethod
    def of(cls, hit: Hit) -> "HitOut":
        """Return the wire form of a hit."""
        return cls(
            rank=hit.rank,
            score=hit.score,
            relevance=hit.relevance,
            article=ArticleRef.of(hit.article),
            paragraph=ParagraphOut.of(hit.paragraph),
            duplicate_count=hit.n_duplicates,
            duplicates=[ArticleRef.of(article) for article in hit.duplicates],
        )


@dataclass(slots=True, kw_only=True)
class IndexRef:
    """The index version that answered."""

    version: str
    created_at: str

    @classmethod
    def of(cls, manifest: Manifest) -> "IndexRef":
        """Return the name and time of a version."""
        return IndexRef(version=manifest.version, created_at=manifest.created_at)


@dataclass(slots=True)
class TimingOut:
    """Milliseconds spent in the search; `total` holds the others and what lies between them."""

    encode: float
    search: float
    fetch: float
    total: float


@dataclass(slots=True)
class SearchResponse:
    """Answer to a search."""

    query: QueryOut
    confident: Annotated[
        bool, Field(description="Whether the best hit is more than chance: its relevance is 0.9 or more.")
    ]
    hits: list[HitOut]
    index: IndexRef
    timing_ms: TimingOut

    @classmethod
    def of(cls, query: Query, result: Result, manifest: Manifest) -> "SearchResponse":
        """Return the wire form of a result."""
        timing = result.timing_ms
        return cls(
            query=QueryOut(text=query.text, language=result.language),
            confident=result.confident,
            hits=[HitOut.of(hit) for hit in result.hits],
            index=IndexRef.of(manifest),
            timing_ms=TimingOut(encode=timing.encode, search=timing.search, fetch=timing.fetch, total=timing.total),
        )

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _SEARCH_RESPONSE.dump_json(self)


_SEARCH_RESPONSE = TypeAdapter(SearchResponse)


@dataclass(slots=True, kw_only=True)
class ArticleResponse(ArticleRef):
    """An article with all its paragraphs, and what khabar has no use for in `extra`."""

    author: str | None
    tags: list[str]
    extra: dict[str, Any]
    paragraphs: list[ParagraphOut]

    @classmethod
    def whole(cls, stored: StoredArticle) -> "ArticleResponse":
        """Return the wire form of a stored article."""
        article = stored.article
        return cls(
            **asdict(ArticleRef.of(article)),
            author=article.author,
            tags=list(article.tags),
            extra=dict(article.extra),
            paragraphs=[ParagraphOut.of(paragraph) for paragraph in stored.paragraphs],
        )


@dataclass(slots=True)
class AlertOut:
    """A new paragraph that a saved search has found, the best of its story; `rank` is among what is new."""

    saved_search: str
    query: str
    since: Annotated[str, Field(description="The version that it was not in.")]
    rank: int
    score: float
    relevance: float
    article: ArticleRef
    paragraph: ParagraphOut


@dataclass(slots=True)
class AlertsResponse:
    """What saved searches have found in the version that is served."""

    index: IndexRef
    alerts: list[AlertOut]

    def to_json(self) -> bytes:
        """Return the response as JSON, UTF-8."""
        return _ALERTS_RESPONSE.dump_json(self)


_ALERTS_RESPONSE = TypeAdapter(AlertsResponse)


@dataclass(slots=True)
class EncoderOut:
    """The model behind the index, and how its queries are encoded."""

    name: str
    fingerprint: str
    dim: int
    backend: str
    agreement_mean: Annotated[
        float | None, Field(description="Mean cosine of served query vectors to the model's own.")
    ]
    agreement_min: float | None


@dataclass(slots=True)
class CountsOut:
    """Sizes of the index."""

    articles: int
    paragraphs: int
    paragraphs_by_language: dict[str, int]
    rejected: int


@dataclass(slots=True)
class LanguageIndexOut:
    """How one language is searched."""

    kind: Annotated[str, Field(description="exact, or what finds candidates: hnsw-sq8, ivf-sq8, ivf-pq4.")]
    recall_at_10: Annotated[float, Field(description="Measured at build time against exact search.")]


@dataclass(slots=True, kw_only=True)
class IndexResponse(IndexRef):
    """Description of the snapshot that is served."""

    counts: CountsOut
    encoder: EncoderOut
    index: Annotated[
        dict[str, LanguageIndexOut], Field(description="How the paragraphs of each language are searched.")
    ]

    @classmethod
    def describing(cls, snapshot: Snapshot) -> "IndexResponse":
        """Return the wire form of a snapshot's manifest."""
        manifest, encoder = snapshot.manifest, snapshot.encoder_manifest
        counts = manifest.counts
        return cls(
            version=manifest.version,
            created_at=manifest.created_at,
            counts=CountsOut(
                articles=counts.articles,
                paragraphs=counts.paragraphs,
                paragraphs_by_language=counts.paragraphs_by_language,
                rejected=counts.rejected,
            ),
            encoder=EncoderOut(
                name=encoder.spec.name,
                fingerprint=encoder.spec.fingerprint,
                dim=encoder.spec.dim,
                backend=encoder.backend,
                agreement_mean=encoder.agreement.mean if encoder.agreement else None,
                agreement_min=encoder.agreement.min if encoder.agreement else None,
            ),
            index={
                language: LanguageIndexOut(kind=record.kind, recall_at_10=record.recall_at_10)
                for language, record in manifest.index.items()
            },
        )


@dataclass(slots=True)
class Health:
    """State of the process."""

    status: str


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
