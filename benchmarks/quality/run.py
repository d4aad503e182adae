"""Searches for every query on every pool with the service's own search, and records the results."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.corpora.judged import JudgedQuery
from benchmarks.corpora.parallel import Level, ParallelCorpus, ParallelQuery
from benchmarks.quality.pools import article_id
from indexer.embedding.query_vectors import CachedQueryEncoder, embed_queries
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.scores.neutral_space import NeutralSpace
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.text.normalisation import for_encoder
from indexer.vectors.space import query_centres

DEPTH = 100
"""Number of hits of each search: the depth of recall@100."""


BLENDS = {"blend, 1 day": 1.0, "blend, 7 days": 7.0, "blend, 30 days": 30.0}
"""Orders by relevance and date, by variant, with the half-life of each in days."""


@dataclass(frozen=True, slots=True)
class Record:
    """One query on one pool: the ranks of its answers, and its first hits.

    `variant` names what was measured, such as "neutral", "raw" or "passage model". `grades` are the
    answers that are in the pool, `ranks` their ranks among the first hundred hits, from 1. `top` has
    language, score and relevance of each of the first ten hits.
    """

    corpus: str
    pool: str
    variant: str
    task: str
    query: str
    query_language: str
    answer_languages: list[str]
    grades: dict[str, int]
    ranks: dict[str, int] = field(default_factory=dict)
    top: list[tuple[str, float, float]] = field(default_factory=list)
    confident: bool = False


def in_full_precision(snapshot: Snapshot, cache: Path, shrinkage: float) -> Snapshot:
    """Return the snapshot with the passage model in float32 as query encoder, and with query centres to match."""
    encoder = SentenceTransformersEncoder.load(find_model(None), precision="fp32")
    queries = embed_queries(snapshot.corpus, CachedQueryEncoder(encoder.spec, lambda: encoder, cache, "fp32"))
    centres = query_centres(queries, encoder.spec.dim, shrinkage)
    return replace(snapshot, encoders=ServingEncoders(encoder), neutral=NeutralSpace(centres, snapshot.neutral.passage))


def run_parallel_queries(
    snapshot: Snapshot,
    corpus: ParallelCorpus,
    language_of: Mapping[str, str],
    *,
    pool: str,
    variant: str,
    query_language: str | None = None,
    only: Collection[str] | None = None,
    mode: Mode = Mode.SEMANTIC,
) -> Iterator[Record]:
    """Search for the queries of a parallel corpus on one pool, `only` for those of some tasks.

    `language_of` is the language of each document in the pool, by id. `query_language` overrides the
    language of all queries. A paragraph is not a query on a pool that contains it in the same language,
    because it would find itself.
    """
    for query in corpus.queries:
        answer_language = language_of.get(query.document)
        if only is not None and query.task not in only:
            continue
        if query.level is Level.PARAGRAPH and answer_language in (query.language, None):
            continue
        grades = dict.fromkeys(_answers(snapshot, corpus, query, answer_language), 1) if answer_language else {}
        languages = [answer_language] if answer_language else []
        record = Record(corpus.name, pool, variant, query.task, query.id, query.language, languages, grades)
        language = query_language or query.language
        by_article = query.level is Level.ARTICLE
        yield with_results(snapshot, record, query.text, language, by_article=by_article, mode=mode)


def run_judged_queries(
    snapshot: Snapshot,
    name: str,
    queries: Iterable[JudgedQuery],
    *,
    variant: str,
    pool: str = "mixed",
    query_language: str | None = None,
    mode: Mode = Mode.SEMANTIC,
    half_life_days: float | None = None,
) -> Iterator[Record]:
    """Search for judged queries; by default their corpus is a mixed pool, and the order that of relevance.

    With `half_life_days`, the order is the blend of relevance and date.
    """
    hits = (snapshot.corpus.hits([row])[0] for row in snapshot.corpus.paragraph_rows())
    language_of = {paragraph.id: article.language for article, paragraph in hits}
    for query in queries:
        best = max(query.grades.values(), default=0)
        languages = sorted({language_of[paragraph] for paragraph, grade in query.grades.items() if grade == best})
        grades = dict(query.grades)
        record = Record(name, pool, variant, query.kind, query.id, query.language, languages, grades)
        language = query_language or query.language
        yield with_results(snapshot, record, query.text, language, mode=mode, half_life_days=half_life_days)


def _answers(snapshot: Snapshot, corpus: ParallelCorpus, query: ParallelQuery, language: str) -> list[str]:
    """Return the ids of the answers to a query on this pool."""
    name = article_id(query.document, language)
    if query.level is Level.ARTICLE:
        return [name]
    stored = snapshot.corpus.article(name)
    document = next(document for document in corpus.documents if document.id == query.document)
    line = for_encoder(document.lines[language][query.line])
    paragraphs = stored.paragraphs if stored else ()
    texts = {paragraph.id: for_encoder(paragraph.text) for paragraph in paragraphs}
    return [name for name, text in texts.items() if line in text or text in line]


def with_results(
    snapshot: Snapshot,
    record: Record,
    text: str,
    language: str,
    *,
    by_article: bool = False,
    languages: tuple[str, ...] = (),
    mode: Mode = Mode.SEMANTIC,
    half_life_days: float | None = None,
) -> Record:
    """Return a record with the results of its search, for articles or for paragraphs, of some `languages` or of all.

    Queries are texts: what they quote need not stand in an answer.
    """
    text = text.replace('"', "”")
    group = Group.ARTICLE if by_article else Group.NONE
    query = Query(TextTarget(text, language), k=DEPTH, group=group, filters=Filters(languages=languages), mode=mode)
    if half_life_days is not None:
        query = replace(query, sort=Sort.BLEND, half_life_days=half_life_days)
    result = search(snapshot, query)
    ranks = {(hit.article.id if by_article else hit.paragraph.id): hit.rank for hit in result.hits}
    return replace(
        record,
        ranks={name: ranks[name] for name in record.grades if name in ranks},
        top=[(hit.article.language, round(hit.score, 4), hit.relevance) for hit in result.hits[:10]],
        confident=result.confident,
    )
