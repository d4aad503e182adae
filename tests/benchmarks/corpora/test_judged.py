"""Reading judged corpora."""

from benchmarks.corpora.judged import read_judged
from tests.conftest import ROOT


def test_judged_queries_of_the_sample_are_read() -> None:
    queries = read_judged(ROOT / "data")
    assert len(queries) == 192
    assert all(query.grades for query in queries)
