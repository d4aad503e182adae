"""Records of short queries, on the fake store."""

from pathlib import Path

from benchmarks.corpora.short import ShortQuery
from benchmarks.quality.figures import compute
from benchmarks.quality.run import Record
from benchmarks.quality.short import has_short_queries, run_short_queries, short_corpus
from indexer.snapshot.reader import open_snapshot
from tests.conftest import ARTICLES

IDS = {article.language: article.id for article in reversed(ARTICLES)}


def records(store: Path, query: ShortQuery, trained: frozenset[str] = frozenset()) -> list[Record]:
    with open_snapshot(store) as snapshot:
        return list(run_short_queries(snapshot, "fake", [query], variant="neutral", trained=trained))


def test_each_language_is_searched_alone_and_with_the_other(fake_store: Path) -> None:
    query = ShortQuery("q", "q", "Treaty", "en", "term", frozenset(IDS[name] for name in ("en", "ar")))
    as_typed = [one for one in records(fake_store, query) if one.corpus == short_corpus("fake", "as typed")]
    assert [(one.pool, sorted(one.grades)) for one in as_typed] == [
        ("en", [IDS["en"]]),
        ("ar", [IDS["ar"]]),
        ("mixed", sorted([IDS["en"], IDS["ar"]])),
    ]
    assert {language for language, _, _ in as_typed[1].top} == {"ar"}
    assert [one.answer_languages for one in as_typed] == [["en"], ["ar"], ["ar", "en"]]


def test_a_pool_without_an_answer_is_left_out(fake_store: Path) -> None:
    query = ShortQuery("q", "q", "treaty", "en", "term", frozenset({IDS["ar"], "absent"}))
    assert {one.pool for one in records(fake_store, query)} == {"ar", "mixed"}
    assert {one.corpus.rsplit(", ", 1)[1] for one in records(fake_store, query)} == {
        "as typed",
        "upper case",
        "a letter dropped",
    }


def test_queries_of_training_lists_are_reported_apart(fake_store: Path) -> None:
    query = ShortQuery("q", "q", "Treaty", "en", "term", frozenset({IDS["en"]}))
    assert {one.task for one in records(fake_store, query, frozenset({"treaty"}))} == {
        "term, in training",
        "term, not in training",  # with a letter dropped
    }
    assert {one.task for one in records(fake_store, query, frozenset({"canal"}))} == {"term, not in training"}


def record(variant: str, query: str, rank: int) -> Record:
    return Record("data", "mixed-0", variant, "term", query, "ar", ["en"], {"a": 1}, {"a": rank}, [("en", 0.5, 0.9)])


def test_encoders_are_compared_query_by_query() -> None:
    both = [("a", 1, 3), ("b", 3, 3)]  # query, rank with the student, rank with the passage model
    records = [record("neutral", query, rank) for query, rank, _ in both]
    records += [record("passage model", query, rank) for query, _, rank in reversed(both)]
    found = [one for one in compute(records).comparisons if (one.task, one.half) == ("term", "cross")]
    (one,) = found
    assert (one.ours.mean, one.theirs.mean, one.difference.mean) == (0.75, 0.5, 0.25)
    assert (one.pool, one.query_language, one.difference.n) == ("mixed", "ar", 2)
    assert (one.variant, one.base) == ("neutral", "passage model")
    assert compute(records[:3]).comparisons == []  # a query that only one of them was asked


def test_their_corpora_have_names_of_their_own() -> None:
    assert has_short_queries(short_corpus("data", "upper case"))
    assert not has_short_queries("data")
