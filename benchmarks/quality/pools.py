"""Which document stands in which language, and the published version that holds them so."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from benchmarks.quality.tasks import ARTICLES, Document
from indexer.build import Recipe, build
from indexer.reporting.progress import Reporter

BLOCK = 5
"""Neighbouring documents that share a language in mixed pools."""


class Pool(StrEnum):
    """All documents in one language, or each in one of the two, alternating in blocks of five.

    The two mixed pools complete each other: a document in English in one is in Arabic in the
    other. The half pools hold every second document, so that half of the queries have no answer.
    """

    EN = "en"
    AR = "ar"
    MIXED_0 = "mixed-0"
    MIXED_1 = "mixed-1"
    HALF_EN = "half-en"
    HALF_AR = "half-ar"


MIXED = (Pool.MIXED_0, Pool.MIXED_1)


def placement(documents: Sequence[Document], pool: Pool) -> dict[str, str]:
    """Return the language in which each document stands, by id; documents left out are missing."""
    if pool in (Pool.EN, Pool.AR):
        return {document.id: pool.value for document in documents}
    if pool in (Pool.HALF_EN, Pool.HALF_AR):
        return {document.id: pool.value.removeprefix("half-") for document in documents[::2]}
    languages = ("en", "ar") if pool is Pool.MIXED_0 else ("ar", "en")
    return {document.id: languages[place // BLOCK % 2] for place, document in enumerate(documents)}


def article_id(document: str, language: str) -> str:
    """Return the id of a document's article in one language."""
    return f"{document}/{language}"


def publish_pool(
    documents: Sequence[Document],
    placed: Mapping[str, str],
    store: Path,
    reporter: Reporter,
    recipe: Recipe,
    haystack: Iterable[Path] = (),
    *,
    titled: bool = False,
) -> str:
    """Build a version that holds the placed documents and the haystack; return its name.

    Documents are indexed without their titles, which are asked for, unless `titled`.
    """
    records = store / "pool.jsonl"
    store.mkdir(parents=True, exist_ok=True)
    with records.open("w", encoding="utf-8") as lines:
        for document in documents:
            if document.id in placed:
                language = placed[document.id]
                record = {
                    "id": article_id(document.id, language),
                    "language": language,
                    "paragraphs": list(document.lines[language]),
                    "title": document.titles.get(language) if titled else None,
                }
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    return build([*haystack, records], store, reporter, recipe=recipe).manifest.version


def write_other_events(sample: Path, third: Path, store: Path) -> Path:
    """Write the sample's articles on events that `third` does not tell of, and return the file."""
    told = {json.loads(line)["event"] for line in (third / ARTICLES).read_text(encoding="utf-8").splitlines()}
    lines = (sample / ARTICLES).read_text(encoding="utf-8").splitlines()
    store.mkdir(parents=True, exist_ok=True)
    path = store / "other-events.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["event"] not in told), encoding="utf-8")
    return path


def raw(recipe: Recipe) -> Recipe:
    """Return the recipe without the neutral space."""
    return replace(recipe, centred=False)
