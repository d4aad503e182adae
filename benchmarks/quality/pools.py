"""Pools: the language of each document of a parallel corpus, and the published version with these documents."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from benchmarks.corpora.jsonl import ARTICLES
from benchmarks.corpora.parallel import Document
from indexer.build import Recipe, build
from indexer.encoders.student.query_encoder_choice import NO_STUDENT
from indexer.gate import Limits
from indexer.reporting.progress import Reporter

BLOCK = 5
"""Number of neighbouring documents with the same language in mixed pools."""


class Pool(StrEnum):
    """All documents in one language, or each in one of the two, alternating in blocks of five.

    The two mixed pools complement each other: a document is English in one and Arabic in the other. The
    half pools contain every second document, so that half of the queries have no answer.
    """

    EN = "en"
    AR = "ar"
    MIXED_0 = "mixed-0"
    MIXED_1 = "mixed-1"
    HALF_EN = "half-en"
    HALF_AR = "half-ar"


MIXED = (Pool.MIXED_0, Pool.MIXED_1)


def assign_languages(documents: Sequence[Document], pool: Pool) -> dict[str, str]:
    """Return the language of each document by id, without documents that are not in the pool."""
    if pool in (Pool.EN, Pool.AR):
        return {document.id: pool.value for document in documents}
    if pool in (Pool.HALF_EN, Pool.HALF_AR):
        return {document.id: pool.value.removeprefix("half-") for document in documents[::2]}
    languages = ("en", "ar") if pool is Pool.MIXED_0 else ("ar", "en")
    return {document.id: languages[row // BLOCK % 2] for row, document in enumerate(documents)}


def article_id(document: str, language: str) -> str:
    """Return the id of a document's article in one language."""
    return f"{document}/{language}"


def publish_pool(
    documents: Sequence[Document],
    language_of: Mapping[str, str],
    store: Path,
    reporter: Reporter,
    recipe: Recipe,
    haystack: Iterable[Path] = (),
    *,
    with_titles: bool = False,
) -> str:
    """Build a version of the haystack and the documents that have a language; return its name.

    Documents are indexed without their titles, because titles are queries, unless `with_titles`.
    """
    records = store / "pool.jsonl"
    store.mkdir(parents=True, exist_ok=True)
    with records.open("w", encoding="utf-8") as lines:
        for document in documents:
            if document.id in language_of:
                language = language_of[document.id]
                record = {
                    "id": article_id(document.id, language),
                    "language": language,
                    "paragraphs": list(document.lines[language]),
                    "title": document.titles.get(language) if with_titles else None,
                }
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    return publish_articles([*haystack, records], store, reporter, recipe)


def publish_articles(sources: Sequence[Path], store: Path, reporter: Reporter, recipe: Recipe) -> str:
    """Publish a version of exactly these articles, however many the version before had; return its name."""
    return build(sources, store, reporter, recipe=recipe, limits=Limits(max_shrink=1.0)).manifest.version


def write_other_events(sample: Path, third: Path, store: Path) -> Path:
    """Write the articles of the sample on events that `third` does not cover, and return the file."""
    covered = {json.loads(line)["event"] for line in (third / ARTICLES).read_text(encoding="utf-8").splitlines()}
    lines = (sample / ARTICLES).read_text(encoding="utf-8").splitlines()
    store.mkdir(parents=True, exist_ok=True)
    path = store / "other-events.jsonl"
    path.write_text(
        "".join(f"{line}\n" for line in lines if json.loads(line)["event"] not in covered), encoding="utf-8"
    )
    return path


def raw(recipe: Recipe) -> Recipe:
    """Return the recipe without the neutral space; a student would bring a part of it along."""
    return replace(recipe, centred=False, query_encoder=NO_STUDENT)


def passage_model(recipe: Recipe) -> Recipe:
    """Return the recipe whose queries are encoded by the passage model itself, not by a student of it."""
    return replace(recipe, query_encoder=NO_STUDENT)
