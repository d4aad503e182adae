"""Asks every query on every pool, through the service's own search, and keeps what came back."""

import gzip
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.quality.pools import article_id
from benchmarks.quality.tasks import JudgedQuery, Level, ParallelCorpus, ParallelQuery
from indexer.embedding.query_vectors import QueryVectors, embed_queries
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Group, Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.text.normalisation import for_encoder
from indexer.vectors.space import query_centres

DEPTH = 100
"""Hits that are asked for: recall@100 needs no more."""


@dataclass(frozen=True, slots=True)
class Record:
    """One query on one pool: where its answers came, and what came first.

    `variant` names what was measured ("neutral", "raw", "fp32", "und", …). `grades` are the
    answers that are in the pool, `ranks` where they came among the first hundred, from 1.
    `top` are language, score and relevance of the first ten hits.
    """

    corpus: str
    pool: str
    variant: str
    task: str
    query: str
    query_language: str
    answer_languages: list[str]
    grades: dict[str, int]
    ranks: dict[str, int]
    top: list[tuple[str, float, float]]
    confident: bool


@contextmanager
def opened(store: Path, version: str) -> Iterator[Snapshot]:
    """Open a version for the time of a block."""
    snapshot = open_snapshot(store, version=version)
    try:
        yield snapshot
    finally:
        snapshot.close()


def in_full_precision(snapshot: Snapshot, cache: Path, shrinkage: float) -> Snapshot:
    """Return the snapshot with the model itself in float32 as query encoder, and centres to go with it."""
    encoder = SentenceTransformersEncoder.load(find_model(None), precision="fp32")
    queries = embed_queries(snapshot.corpus, QueryVectors(encoder, cache, "fp32"))
    centres = query_centres(queries, encoder.spec.dim, shrinkage)
    return replace(snapshot, encoder=encoder, neutral=replace(snapshot.neutral, query=centres))


def ask_parallel(
    snapshot: Snapshot,
    corpus: ParallelCorpus,
    placed: Mapping[str, str],
    *,
    pool: str,
    variant: str,
    query_language: str | None = None,
    only: Collection[str] | None = None,
) -> Iterator[Record]:
    """Ask a parallel corpus's queries, `only` those of some tasks, on one pool.

    `query_language` overrides the language of all queries. A line is never asked for in its own
    language: it would be the answer itself.
    """
    for query in corpus.queries:
        stands_in = placed.get(query.document)
        if only is not None and query.task not in only:
            continue
        if query.level is Level.PARAGRAPH and stands_in in (query.language, None):
            continue
        grades = dict.fromkeys(_answers(snapshot, corpus, query, stands_in), 1) if stands_in else {}
        group = Group.ARTICLE if query.level is Level.ARTICLE else Group.NONE
        asked = Query(TextTarget(query.text, query_language or query.language), k=DEPTH, group=group)
        yield _record(
            snapshot,
            asked,
            query_language=query.language,
            corpus=corpus.name,
            pool=pool,
            variant=variant,
            task=query.task,
            query_id=query.id,
            grades=grades,
            answer_languages=[stands_in] if stands_in else [],
        )


def ask_judged(
    snapshot: Snapshot,
    name: str,
    queries: Iterable[JudgedQuery],
    *,
    variant: str,
    pool: str = "mixed",
    query_language: str | None = None,
) -> Iterator[Record]:
    """Ask judged queries for paragraphs, by default on the mixed pool that their corpus is."""
    hits = map(snapshot.corpus.hit, snapshot.corpus.paragraph_rows())
    language_of = {paragraph.id: article.language for article, paragraph in hits}
    for query in queries:
        asked = Query(TextTarget(query.text, query_language or query.language), k=DEPTH, group=Group.NONE)
        answers = sorted(
            {language_of[name] for name, grade in query.grades.items() if grade == max(query.grades.values())}
        )
        yield _record(
            snapshot,
            asked,
            query_language=query.language,
            corpus=name,
            pool=pool,
            variant=variant,
            task=query.kind,
            query_id=query.id,
            grades=dict(query.grades),
            answer_languages=answers,
        )


def _answers(snapshot: Snapshot, corpus: ParallelCorpus, query: ParallelQuery, language: str) -> list[str]:
    """Return the ids that answer a query on this pool."""
    wanted = article_id(query.document, language)
    if query.level is Level.ARTICLE:
        return [wanted]
    stored = snapshot.corpus.article(wanted)
    document = next(document for document in corpus.documents if document.id == query.document)
    line = for_encoder(document.lines[language][query.line])
    paragraphs = stored.paragraphs if stored else ()
    texts = {paragraph.id: for_encoder(paragraph.text) for paragraph in paragraphs}
    return [name for name, text in texts.items() if line in text or text in line]


def _record(
    snapshot: Snapshot,
    asked: Query,
    *,
    query_language: str,
    corpus: str,
    pool: str,
    variant: str,
    task: str,
    query_id: str,
    grades: dict[str, int],
    answer_languages: list[str],
) -> Record:
    result = search(snapshot, asked)
    by_article = asked.group is Group.ARTICLE
    found = {(hit.article.id if by_article else hit.paragraph.id): hit.rank for hit in result.hits}
    return Record(
        corpus=corpus,
        pool=pool,
        variant=variant,
        task=task,
        query=query_id,
        query_language=query_language,
        answer_languages=answer_languages,
        grades=grades,
        ranks={name: found[name] for name in grades if name in found},
        top=[(hit.article.language, round(hit.score, 4), hit.relevance) for hit in result.hits[:10]],
        confident=result.confident,
    )


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write records as gzipped JSON Lines, the same bytes for the same records; return their number."""
    n = 0
    with path.open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0, filename="") as lines:
        for n, record in enumerate(records, start=1):  # noqa: B007  # returned
            lines.write((json.dumps(asdict(record), ensure_ascii=False) + "\n").encode())
    return n


def read_records(path: Path) -> list[Record]:
    """Read what `write_records` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raw = [json.loads(line) for line in lines]
    return [Record(**{**fields, "top": [tuple(hit) for hit in fields["top"]]}) for fields in raw]
