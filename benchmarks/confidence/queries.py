"""Queries whose answers are known, and which articles have to be left out so that they have none."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora.jsonl import ARTICLES, read_jsonl
from benchmarks.corpora.judged import read_judged
from benchmarks.corpora.parallel import LANGUAGES, Level, read_ntrex
from benchmarks.corpora.same_event import is_same_event
from benchmarks.corpora.short import read_short_queries


@dataclass(frozen=True, slots=True)
class KnownQuery:
    """A query, the ids of the `answers`, and of the articles `about` its subject; `texts` say it in all languages.

    An article about the subject need not answer the query, but a corpus with it has something on the subject.
    """

    id: str
    text: str
    language: str
    answers: frozenset[str]
    about: frozenset[str]
    texts: tuple[str, ...] = ()


def sample_queries(folder: Path) -> Iterator[KnownQuery]:
    """Yield the questions and short queries of a judged corpus; all articles on an event are about its subject."""
    event_of = {article["id"]: article["event"] for article in read_jsonl(folder / ARTICLES)}
    articles_on: defaultdict[str, set[str]] = defaultdict(set)
    for article, event in event_of.items():
        articles_on[event].add(article)

    def about(answers: frozenset[str]) -> frozenset[str]:
        return frozenset[str]().union(*(articles_on[event_of[article]] for article in answers))

    for question in read_judged(folder):
        answers = frozenset(paragraph.split(":")[0] for paragraph in question.grades)
        if answers:
            yield KnownQuery(question.id, question.text, question.language, answers, about(answers))
    short = read_short_queries(folder)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for query in short:
        texts[query.twin].append(query.text)
    for query in short:
        found = query.article_ids
        yield KnownQuery(query.id, query.text, query.language, found, about(found), tuple(texts[query.twin]))


def ntrex_queries(folder: Path) -> Iterator[KnownQuery]:
    """Yield the headlines of NTREX; other documents that report the same event are about their subject too."""
    corpus = read_ntrex(folder)
    for query in corpus.queries:
        if query.task == "headline" and query.level is Level.ARTICLE:
            same = [document.id for document in corpus.documents if is_same_event(query.document, document.id)]
            answers = _in_both_languages([query.document])
            yield KnownQuery(query.id, query.text, query.language, answers, answers | _in_both_languages(same))


def _in_both_languages(documents: Iterable[str]) -> frozenset[str]:
    return frozenset(f"{document}-{language}" for document in documents for language in LANGUAGES)


def write_ntrex(folder: Path, target: Path) -> None:
    """Write the articles of NTREX in both languages, without their titles, which are queries."""
    with target.open("w", encoding="utf-8") as lines:
        for document in read_ntrex(folder).documents:
            for language, paragraphs in document.lines.items():
                record: Mapping[str, object] = {
                    "id": f"{document.id}-{language}",
                    "language": language,
                    "paragraphs": list(paragraphs),
                }
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
