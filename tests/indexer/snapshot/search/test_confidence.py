"""When an answer is confident: words that stand there, phrases, and distance from unrelated paragraphs."""

from dataclasses import replace

import pytest

from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.text.query_length import QueryLength


def with_least(snapshot: Snapshot, **least: float) -> Snapshot:
    """Return a snapshot that has measured queries of these languages over paragraphs of several."""
    return with_pairs(snapshot, {f"{language}>*": value for language, value in least.items()})


def with_pairs(snapshot: Snapshot, least: dict[str, float]) -> Snapshot:
    calibration = replace(snapshot.manifest.calibration, confident_from=least)
    return replace(snapshot, manifest=replace(snapshot.manifest, calibration=calibration))


def is_confident(snapshot: Snapshot, text: str, mode: Mode = Mode.SEMANTIC) -> bool:
    return search(snapshot, Query(TextTarget(text, "en"), mode=mode)).confident


@pytest.fixture
def deviations(snapshot: Snapshot) -> float:
    """Return how many deviations the best two paragraphs about the canal are above unrelated ones."""
    hits = search(snapshot, Query(TextTarget("canal", "en"), mode=Mode.SEMANTIC, group=Group.NONE)).hits[:2]
    calibration = snapshot.manifest.calibration.of(QueryLength.SHORT)
    both = [calibration.deviations(hit.score, "en", hit.article.language) for hit in hits]
    return sum(both) / 2


def test_the_best_two_paragraphs_have_to_be_far_from_unrelated_ones(snapshot: Snapshot, deviations: float) -> None:
    assert is_confident(with_least(snapshot, en=deviations - 0.01), "canal")
    assert not is_confident(with_least(snapshot, en=deviations + 0.01), "canal")


def test_another_language_has_the_mean_of_those_that_were_measured(snapshot: Snapshot, deviations: float) -> None:
    assert is_confident(with_least(snapshot, ar=deviations - 1.5, fr=deviations + 1), "canal")
    assert not is_confident(with_least(snapshot, ar=deviations - 1, fr=deviations + 1.5), "canal")


def test_paragraphs_of_one_language_are_measured_apart(snapshot: Snapshot) -> None:
    query = Query(TextTarget("canal", "en"), mode=Mode.SEMANTIC)
    only_english = replace(query, filters=Filters(languages=("en",)))
    strict = with_pairs(snapshot, {"en>*": 99.0, "en>en": -99.0, "en>ar": 99.0})
    assert search(strict, only_english).confident
    assert not search(strict, query).confident
    lenient = with_pairs(snapshot, {"en>*": -99.0, "en>en": 99.0})
    assert not search(lenient, only_english).confident
    assert search(lenient, replace(query, filters=Filters(languages=("ar",)))).confident  # as over all
    assert search(lenient, query).confident


def test_versions_that_measured_nothing_go_by_relevance(snapshot: Snapshot) -> None:
    assert is_confident(snapshot, "canal")
    assert not is_confident(snapshot, "pancakes")


def test_a_paragraph_that_holds_every_word_is_an_answer(snapshot: Snapshot) -> None:
    strict = with_least(snapshot, en=99)
    assert is_confident(strict, "canal tolls", Mode.HYBRID)
    assert not is_confident(strict, "canal pancakes", Mode.HYBRID)
    assert not is_confident(strict, "canal tolls", Mode.SEMANTIC)


def test_what_a_phrase_or_the_exact_mode_has_chosen_is_an_answer(snapshot: Snapshot) -> None:
    strict = with_least(snapshot, en=99)
    assert is_confident(strict, '"lost canal tolls"')
    assert is_confident(strict, "tolls", Mode.EXACT)
    assert not is_confident(strict, '"lost pancakes"')
    assert not is_confident(strict, "pancakes", Mode.EXACT)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize(("k", "offset"), [(1, 0), (2, 3), (50, 0)])
def test_it_does_not_depend_on_groups_order_and_page(
    snapshot: Snapshot, deviations: float, sort: Sort, group: Group, k: int, offset: int
) -> None:
    query = Query(TextTarget("canal", "en"), mode=Mode.SEMANTIC, sort=sort, group=group, k=k, offset=offset)
    assert search(with_least(snapshot, en=deviations - 0.01), query).confident
    assert not search(with_least(snapshot, en=deviations + 0.01), query).confident
