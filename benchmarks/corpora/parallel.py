"""Parallel corpora: documents in two languages, and queries whose answers are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from benchmarks.corpora.jsonl import ARTICLES, read_jsonl
from indexer.snapshot.text.language import UNDETERMINED

LANGUAGES = ("en", "ar")
CODE_SWITCHED = "code-switched"


class Level(StrEnum):
    """The kind of answer: a whole article or a paragraph."""

    ARTICLE = "article"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Document:
    """One document in each language: its lines and, if it has one, its title.

    Line n in one language is the translation of line n in the other.
    """

    id: str
    lines: Mapping[str, Sequence[str]]
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParallelQuery:
    """A query whose answer is one document, or line number `line` of it, in either language."""

    id: str
    task: str
    text: str
    language: str
    document: str
    level: Level
    line: int = 0


@dataclass(frozen=True, slots=True)
class ParallelCorpus:
    """Documents in two languages, and queries in both."""

    name: str
    documents: Sequence[Document]
    queries: Sequence[ParallelQuery]


def read_ntrex(folder: Path) -> ParallelCorpus:
    """Read NTREX articles: `articles.jsonl` with ids ending in -en and -ar.

    There are three tasks. "headline": the query is the headline of an article, and headlines are not
    indexed. "code-switched": the query is a headline that begins in one language and ends in the other.
    "paragraph": the query is the middle paragraph of an article, and the answer is its translation.
    """
    records = {record["id"]: record for record in read_jsonl(folder / ARTICLES)}
    documents, queries = [], []
    for stem in sorted({name.rsplit("-", 1)[0] for name in records}):
        versions = {language: records[f"{stem}-{language}"] for language in LANGUAGES}
        lines = {
            language: [line for line in version["text"].splitlines() if line] for language, version in versions.items()
        }
        documents.append(Document(stem, lines, {language: version["title"] for language, version in versions.items()}))
        middle = len(lines["en"]) // 2
        for language, other in (LANGUAGES, LANGUAGES[::-1]):
            text = code_switched(versions[language]["title"], versions[other]["title"])
            queries.append(
                ParallelQuery(f"{stem}-c-{language}", CODE_SWITCHED, text, UNDETERMINED, stem, Level.ARTICLE)
            )
        for language, version in versions.items():
            queries += [
                ParallelQuery(f"{stem}-h-{language}", "headline", version["title"], language, stem, Level.ARTICLE),
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


def code_switched(beginning: str, end: str) -> str:
    """Return the first half of one text's words, then the second half of the other's."""
    first, second = beginning.split(), end.split()
    return " ".join([*first[: len(first) // 2], *second[len(second) // 2 :]])


def read_flores(folder: Path) -> ParallelCorpus:
    """Read FLORES documents: `docs.jsonl` and `sentences.jsonl`, joined by url.

    There is one task, "sentence": the query is the middle sentence of a document.
    """
    sentences: dict[str, list[Mapping[str, str]]] = {}
    for record in read_jsonl(folder / "sentences.jsonl"):
        sentences.setdefault(record["url"], []).append(record)
    documents, queries = [], []
    for record in read_jsonl(folder / "docs.jsonl"):
        documents.append(Document(record["id"], {language: [record[language]] for language in LANGUAGES}))
        own = sentences[record["url"]]
        queries += [
            ParallelQuery(
                f"{record['id']}-{language}",
                "sentence",
                own[len(own) // 2][language],
                language,
                record["id"],
                Level.ARTICLE,
            )
            for language in LANGUAGES
        ]
    return ParallelCorpus("flores", documents, queries)
