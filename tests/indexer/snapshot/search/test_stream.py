"""Hits part by part: together they are those of one search."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.snapshot.errors import ArticleNotFound
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search import stream as streaming
from indexer.snapshot.search.query import ArticleTarget, Group, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.search.stream import stream
from tests.fakes import publish_fake_store
from tests.indexer.snapshot.search.test_search import ALL


@pytest.fixture(scope="module", params=[None, "ivf-sq8"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp("stream")
    publish_fake_store(root, ALL, kind=request.param)
    with open_snapshot(root) as snapshot:
        yield snapshot


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("group", list(Group))
@pytest.mark.parametrize(("k", "offset"), [(1_000, 0), (17, 5), (7, 7), (1, 0), (10, 1_000)])
def test_parts_together_are_one_search(
    many: Snapshot, monkeypatch: pytest.MonkeyPatch, sort: Sort, group: Group, k: int, offset: int
) -> None:
    monkeypatch.setattr(streaming, "PART_HITS", 7)
    query = Query(TextTarget("earthquake canal"), k, offset, group, sort=sort)
    parts = list(stream(many, query).parts())
    expected = search(many, query).hits
    assert tuple(hit for part in parts for hit in part) == expected
    assert all(len(part) == 7 for part in parts[:-1])
    assert not parts or 0 < len(parts[-1]) <= 7


def test_filters_text_and_warnings_are_those_of_a_search(many: Snapshot) -> None:
    query = Query(TextTarget("زلزال", "ar"), 50, filters=Filters(sources=("Post", "Psot")))
    found, expected = stream(many, query), search(many, query)
    assert [hit for part in found.parts() for hit in part] == list(expected.hits)
    assert found.text == expected.text
    assert found.warnings == expected.warnings != ()


def test_an_unknown_article_is_found_before_the_first_part(many: Snapshot) -> None:
    with pytest.raises(ArticleNotFound):
        stream(many, Query(ArticleTarget("none")))
