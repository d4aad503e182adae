"""Short queries, as most people type them: names, places and terms of one to three words, in both languages."""

import csv
import gzip
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.corpora.jsonl import ARTICLES, read_jsonl
from indexer.snapshot.text.normalisation import for_encoder
from indexer.snapshot.text.query_length import SHORT_WORDS

SHORT_QUERIES = "short_queries.jsonl"
"""File name of the judged short queries in the folder of a corpus."""

_MIN_TITLES, _MAX_TITLES = 2, 200

# Letters that are often typed for others: alef with hamza without it, heh for teh marbuta, yeh for alef maksura.
_COMMON_SUBSTITUTES = str.maketrans("أإآةى", "اااهي")


@dataclass(frozen=True, slots=True)
class ShortQuery:
    """A short query and the ids of the articles that answer it; `twin` is what both languages' queries share."""

    id: str
    twin: str
    text: str
    language: str
    kind: str
    article_ids: frozenset[str]


def read_short_queries(folder: Path) -> list[ShortQuery]:
    """Read the short queries of a judged corpus: the articles on the events of a query answer it.

    A corpus without the file has none.
    """
    path = folder / SHORT_QUERIES
    if not path.exists():
        return []
    articles = list(read_jsonl(folder / ARTICLES))
    return [
        ShortQuery(
            record["id"],
            min(record["id"], record["twin"]),
            record["query"],
            record["language"],
            record["kind"],
            frozenset(article["id"] for article in articles if article["event"] in record["events"]),
        )
        for record in read_jsonl(path)
    ]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """Read English texts and their Arabic translations of at most three words, tab-separated, plain or `.gz`."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row[0], row[1]) for row in rows if max(len(text.split()) for text in row[:2]) <= SHORT_WORDS]


def title_queries(titles: dict[str, str], pairs: Iterable[tuple[str, str]], kind: str) -> list[ShortQuery]:
    """Return a query in each language for every pair of which one text stands in some titles, as whole words.

    `titles` are those of articles by id. An article answers a query if its title has either text of the pair. Pairs in
    one title only and in more than 200 are left out: the first say little about a subject, the others ask for too much.
    """
    words = {article_id: f" {_words(title)} " for article_id, title in titles.items()}
    queries = []
    for number, pair in enumerate(dict.fromkeys(pairs)):
        wanted = [f" {_words(text)} " for text in pair]
        found = frozenset(name for name, title in words.items() if any(text in title for text in wanted))
        if _MIN_TITLES <= len(found) <= _MAX_TITLES:
            twin = f"{kind} {number}"
            queries += [
                ShortQuery(f"{twin} {language}", twin, text, language, kind, found)
                for language, text in zip(("en", "ar"), pair, strict=True)
            ]
    return queries


def misspelt(queries: Sequence[ShortQuery]) -> dict[str, list[ShortQuery]]:
    """Return queries as they are often typed, by what is done to them; queries that stay as they are are left out."""
    changes = {
        "lower case": str.lower,
        "upper case": str.upper,
        "letters for others": lambda text: text.translate(_COMMON_SUBSTITUTES),
        "a letter dropped": _without_a_letter,
    }
    return {
        name: [replace(query, text=change(query.text)) for query in queries if change(query.text) != query.text]
        for name, change in changes.items()
    }


def folded(text: str) -> str:
    """Return a text as it is compared with lists of training: in lower case, without the Arabic article."""
    return " ".join(word.removeprefix("ال") for word in for_encoder(text).lower().split())


def _without_a_letter(text: str) -> str:
    """Return a text whose longest word, of five letters or more, lacks the one in its middle."""
    longest = max(text.split(), key=len)
    middle = len(longest) // 2
    return text.replace(longest, longest[:middle] + longest[middle + 1 :], 1) if len(longest) >= 5 else text


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", for_encoder(text).lower()))
