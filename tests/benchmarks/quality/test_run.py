"""Records of searches with the service's own search, on the fake store."""

from pathlib import Path

import pytest

from benchmarks.corpora.judged import JudgedQuery
from benchmarks.corpora.parallel import Document, Level, ParallelCorpus, ParallelQuery
from benchmarks.harness.records import read_records, write_lines
from benchmarks.quality import run
from indexer.snapshot.reader import open_snapshot
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store


@pytest.fixture
def parallel() -> ParallelCorpus:
    treaty = "معاهدة بين روسيا ودولة أخرى وقعت في احتفال كبير أمس هنا."
    document = Document("treaty", {"en": ["Russia signs a treaty."], "ar": [treaty]})
    queries = [
        ParallelQuery("h", "headline", "russia treaty", "en", "treaty", Level.ARTICLE),
        ParallelQuery("p", "paragraph", "treaty of russia", "en", "treaty", Level.PARAGRAPH, 0),
        ParallelQuery("own", "paragraph", treaty, "ar", "treaty", Level.PARAGRAPH, 0),
    ]
    return ParallelCorpus("test", [document], queries)


def test_records_contain_the_ranks_of_answers(tmp_path: Path, parallel: ParallelCorpus) -> None:
    lines = parallel.documents[0].lines["ar"]
    publish_fake_store(tmp_path / "store", [*ARTICLES[1:], make_article("treaty/ar", "ar", *lines)])
    snapshot = open_snapshot(tmp_path / "store")
    records = list(run.run_parallel_queries(snapshot, parallel, {"treaty": "ar"}, pool="ar", variant="neutral"))
    snapshot.close()
    # A paragraph is not a query on a pool that contains it in the same language.
    assert [record.query for record in records] == ["h", "p"]
    assert records[0].ranks == {"treaty/ar": 1}
    (answer,) = records[1].grades
    assert answer.startswith("treaty/ar:")
    assert records[1].ranks == {answer: 1}
    assert records[0].top[0][0] == "ar"
    path = tmp_path / "records.jsonl.gz"
    assert write_lines(path, records, run.Record) == 2
    assert read_records(path, list[run.Record]) == records


def test_query_without_an_answer_in_the_pool_has_no_grades(fake_store: Path, parallel: ParallelCorpus) -> None:
    snapshot = open_snapshot(fake_store)
    records = list(run.run_parallel_queries(snapshot, parallel, {}, pool="half-ar", variant="neutral"))
    snapshot.close()
    assert [(record.query, record.grades, record.answer_languages) for record in records] == [("h", {}, [])]


def test_judged_queries_are_searched_by_relevance_and_by_date_too(tmp_path: Path) -> None:
    text = "A treaty was signed by both sides."
    old = make_article("old", "en", text, published="2015-01-01")
    new = make_article("young", "en", text, published="2025-01-01")
    publish_fake_store(tmp_path, [*ARTICLES, old, new])
    with open_snapshot(tmp_path) as snapshot:
        hits = snapshot.corpus.hits(snapshot.corpus.paragraph_rows())
        (answer,) = (paragraph.id for article, paragraph in hits if article.id == "old")
        query = JudgedQuery("q", "treaty signed by both sides", "en", "question", {answer: 2})
        for days, rank in ((None, 1), (1.0, 2)):
            (record,) = run.run_judged_queries(snapshot, "sample", [query], variant="v", half_life_days=days)
            assert record.ranks == {answer: rank}, days
