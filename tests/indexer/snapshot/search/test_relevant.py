"""What counts as relevant besides a high score: a paragraph that holds every word of the query."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Mode, Query, Sort, TextTarget
from indexer.snapshot.search.search import SearchResult, search
from tests.conftest import make_article
from tests.fakes import publish_fake_store


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """Return many articles, one of which says pelican and zebra in passing, in each language."""
    rng = random.Random(3)
    fillers = [f"word{number}" for number in range(400)]

    def text(*said: str) -> str:
        return " ".join([*rng.sample(fillers, 36), *said]) + "."

    articles = [make_article(f"n{n:03}", "en", text(), published="2024-05-01") for n in range(200)]
    articles += [
        make_article("both", "en", text("pelican", "zebra"), text(), source="Zoo", published="2024-05-03"),
        make_article("one", "en", text("pelican"), source="Zoo", published="2024-05-02"),
    ]
    root: Path = tmp_path_factory.mktemp("archive")
    publish_fake_store(root, articles)
    with open_snapshot(root) as snapshot:
        yield snapshot


def found(snapshot: Snapshot, text: str, mode: Mode, filters: Filters | None = None) -> SearchResult:
    target, facets = TextTarget(text, "en"), (Facet.SOURCE,)
    return search(snapshot, Query(target, filters=filters or Filters(), mode=mode, sort=Sort.NEWEST, facets=facets))


def test_what_holds_every_word_is_relevant_though_its_score_is_low(archive: Snapshot) -> None:
    result = found(archive, "pelican zebra", Mode.HYBRID)
    assert [(hit.article.id, hit.matching_paragraphs) for hit in result.hits] == [("both", 1)]
    assert result.facets[Facet.SOURCE] == (FacetValue("Zoo", 1),)


def test_by_meaning_alone_words_do_not_count(archive: Snapshot) -> None:
    result = found(archive, "pelican zebra", Mode.SEMANTIC)
    assert result.facets[Facet.SOURCE] == ()
    assert {hit.matching_paragraphs for hit in result.hits} == {0}


def test_filters_hold_for_what_holds_every_word(archive: Snapshot) -> None:
    assert found(archive, "pelican zebra", Mode.HYBRID, Filters(tags=("birds",))).hits == ()
    excluded = found(archive, "pelican zebra", Mode.HYBRID, Filters(excluded_sources=("Zoo",)))
    assert "both" not in {hit.article.id for hit in excluded.hits}
    assert excluded.facets[Facet.SOURCE] == (FacetValue("Zoo", 1),)  # without its own filter
