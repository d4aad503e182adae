"""What is searched for in what: documents in two languages, and queries with their answers."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ar")
CODE_SWITCHED = "code-switched"
ARTICLES = "articles.jsonl"


class Level(StrEnum):
    """What an answer is: a whole article, or a paragraph."""

    ARTICLE = "article"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it stands in each language: its lines, translations of each other by place, and
    its title, where it has one.
    """

    id: str
    lines: Mapping[str, Sequence[str]]
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParallelQuery:
    """A query whose answer is one document, or one line of it, in whichever language it stands."""

    id: str
    task: str
    text: str
    language: str
    document: str
    level: Level
    line: int = 0


@dataclass(frozen=True, slots=True)
class ParallelCorpus:
    """Documents in two languages, with queries in both."""

    name: str
    documents: Sequence[Document]
    queries: Sequence[ParallelQuery]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with graded paragraphs, as in the sample corpus."""

    id: str
    text: str
    language: str
    kind: str
    grades: Mapping[str, int]


def read_ntrex(folder: Path) -> ParallelCorpus:
    """Read NTREX articles: `articles.jsonl` with ids ending in -en and -ar.

    Three tasks: "headline" asks for an article by its headline (the headlines are not indexed),
    "code-switched" by a headline that begins in one language and ends in the other, and
    "paragraph" asks for the translation of an article's middle paragraph.
    """
    records = {record["id"]: record for record in _read_jsonl(folder / ARTICLES)}
    documents, queries = [], []
    for stem in sorted({name.rsplit("-", 1)[0] for name in records}):
        halves = {language: records[f"{stem}-{language}"] for language in LANGUAGES}
        lines = {language: [line for line in half["text"].splitlines() if line] for language, half in halves.items()}
        documents.append(Document(stem, lines, {language: half["title"] for language, half in halves.items()}))
        middle = len(lines["en"]) // 2
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            text = switched(halves[language]["title"], halves[other]["title"])
            queries.append(ParallelQuery(f"{stem}-c-{language}", CODE_SWITCHED, text, "und", stem, Level.ARTICLE))
        for language, half in halves.items():
            queries += [
                ParallelQuery(f"{stem}-h-{language}", "headline", half["title"], language, stem, Level.ARTICLE),
                ParallelQuery(
                    f"{stem}-p-{language}",
                    "paragraph",
                    lines[language][middle],
                    language,
                    stem,
                    Level.PARAGRAPH,
                    middle,
                ),
            ]
    return ParallelCorpus("ntrex", documents, queries)


def switched(beginning: str, end: str) -> str:
    """Return the first half of one text's words, then the second half of the other's."""
    first, second = beginning.split(), end.split()
    return " ".join([*first[: len(first) // 2], *second[len(second) // 2 :]])


def read_flores(folder: Path) -> ParallelCorpus:
    """Read FLORES documents: `docs.jsonl` and `sentences.jsonl`, joined by url.

    One task: "sentence" asks for a document by the sentence in its middle.
    """
    sentences: dict[str, list[Mapping[str, str]]] = {}
    for record in _read_jsonl(folder / "sentences.jsonl"):
        sentences.setdefault(record["url"], []).append(record)
    documents, queries = [], []
    for record in _read_jsonl(folder / "docs.jsonl"):
        documents.append(Document(record["id"], {language: [record[language]] for language in LANGUAGES}))
        some = sentences[record["url"]]
        queries += [
            ParallelQuery(
                f"{record['id']}-{language}",
                "sentence",
                some[len(some) // 2][language],
                language,
                record["id"],
                Level.ARTICLE,
            )
            for language in LANGUAGES
        ]
    return ParallelCorpus("flores", documents, queries)


def read_judged(folder: Path) -> list[JudgedQuery]:
    """Read `queries.jsonl` and `qrels.tsv` of a corpus laid out as the sample corpus is."""
    grades: dict[str, dict[str, int]] = {}
    with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            grades.setdefault(row["query_id"], {})[row["paragraph_id"]] = int(row["grade"])
    return [
        JudgedQuery(record["id"], record["query"], record["language"], record["kind"], grades.get(record["id"], {}))
        for record in _read_jsonl(folder / "queries.jsonl")
    ]


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
