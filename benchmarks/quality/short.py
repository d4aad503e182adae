"""Searches for short queries: over the answers of each language alone, and over both together."""

from collections.abc import Collection, Iterable, Iterator

from benchmarks.corpora.short import ShortQuery, folded, misspelt
from benchmarks.quality.run import Record, with_results
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Mode

AS_TYPED = "as typed"
SEEN, UNSEEN = "in training", "not in training"

_SHORT = "short queries"
_POOLS: dict[str, tuple[str, ...]] = {"en": ("en",), "ar": ("ar",), "mixed": ()}


def short_corpus(name: str, spelling: str) -> str:
    """Return the corpus in the records of short queries over a corpus."""
    return f"{name}, {_SHORT}, {spelling}"


def has_short_queries(corpus: str) -> bool:
    """Return whether the records of a corpus are those of short queries."""
    return f", {_SHORT}, " in corpus


def run_short_queries(
    snapshot: Snapshot,
    name: str,
    queries: Iterable[ShortQuery],
    *,
    variant: str,
    trained: Collection[str] = (),
    mode: Mode = Mode.SEMANTIC,
    half_life_days: float | None = None,
) -> Iterator[Record]:
    """Search for short queries, correct and misspelt, on the articles of each language and on all.

    The corpus of a record is `name` with the spelling; its task is the kind of the query, and whether its text is
    among `trained`, the folded texts of training lists. The articles of one language are chosen by the filter.
    """
    given = list(queries)
    language_of = {stored.article.id: stored.article.language for stored in snapshot.corpus.articles()}
    for spelling, spelt in {AS_TYPED: given, **misspelt(given)}.items():
        for query in spelt:
            for pool, languages in _POOLS.items():
                answers = [
                    article_id
                    for article_id in sorted(query.article_ids)
                    if article_id in language_of and (not languages or language_of[article_id] in languages)
                ]
                if answers:
                    known = SEEN if folded(query.text) in trained else UNSEEN
                    record = Record(
                        corpus=short_corpus(name, spelling),
                        pool=pool,
                        variant=variant,
                        task=f"{query.kind}, {known}" if trained else query.kind,
                        query=query.id,
                        query_language=query.language,
                        answer_languages=sorted({language_of[article_id] for article_id in answers}),
                        grades=dict.fromkeys(answers, 1),
                    )
                    yield with_results(
                        snapshot,
                        record,
                        query.text,
                        query.language,
                        by_article=True,
                        languages=languages,
                        mode=mode,
                        half_life_days=half_life_days,
                    )
