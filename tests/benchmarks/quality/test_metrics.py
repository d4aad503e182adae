"""Measures and groups of records, on hand-made records."""

from math import log2

import pytest

from benchmarks.quality.figures import compute, half_of
from benchmarks.quality.metrics import Figure, figure, no_match, own_language_share, per_query
from benchmarks.quality.run import Record


def record(
    ranks: dict[str, int],
    *,
    grades: dict[str, int] | None = None,
    query: str = "q",
    language: str = "en",
    answers: tuple[str, ...] = ("en",),
    top: tuple[tuple[str, float, float], ...] = (),
    pool: str = "mixed-0",
    confident: bool = False,
) -> Record:
    return Record(
        corpus="ntrex",
        pool=pool,
        variant="neutral",
        task="headline",
        query=query,
        query_language=language,
        answer_languages=list(answers),
        grades=dict.fromkeys(ranks, 1) if grades is None else grades,
        ranks=ranks,
        top=list(top),
        confident=confident,
    )


def test_ndcg_discounts_by_rank_and_stops_at_ten() -> None:
    records = [record({"a": 1}), record({"a": 3}), record({"a": 10}), record({"a": 11})]
    assert per_query(records, "nDCG@10") == pytest.approx([1.0, 1 / log2(4), 1 / log2(11), 0.0])


def test_ndcg_weighs_grades() -> None:
    found = record({"helps": 1, "answers": 2}, grades={"helps": 1, "answers": 2})
    ideal = 2 / log2(2) + 1 / log2(3)
    assert per_query([found], "nDCG@10") == pytest.approx([(1 / log2(2) + 2 / log2(3)) / ideal])


def test_recall_and_reciprocal_rank() -> None:
    found = record({"a": 2, "b": 40}, grades={"a": 1, "b": 1, "c": 1, "d": 1})
    assert per_query([found], "recall@10") == [0.25]
    assert per_query([found], "recall@100") == [0.5]
    assert per_query([found], "MRR") == [0.5]


@pytest.mark.parametrize("measure", ["nDCG@10", "recall@10", "recall@100", "MRR"])
def test_unanswered_query_scores_zero_and_counts(measure: str) -> None:
    missed = record({}, grades={"a": 1})
    assert per_query([record({"a": 1}), missed], measure) == [1.0, 0.0]


def test_figure_has_a_bootstrap_interval() -> None:
    found = figure([0.0, 1.0] * 50)
    assert found.mean == 0.5
    # the standard error of the mean is 0.05
    assert found.low == pytest.approx(0.40, abs=0.02)
    assert found.high == pytest.approx(0.60, abs=0.02)
    assert figure([0.0, 1.0] * 50) == found
    assert figure([1.0, 1.0]) == Figure(1.0, 1.0, 1.0, 2)


def test_share_of_the_own_language() -> None:
    records = [
        record({}, top=(("en", 0.9, 1.0), ("en", 0.8, 1.0), ("ar", 0.7, 1.0), ("ar", 0.6, 1.0)), answers=("ar",)),
        record({}, top=(("en", 0.9, 1.0),), answers=("en", "ar")),
    ]
    hits, answers = own_language_share(records)
    assert hits.mean == 0.75
    assert answers.mean == 0.25


def test_no_match_signal() -> None:
    answered = [record({"a": 1}, top=(("en", score, 0.5),), confident=True) for score in (0.9, 0.4)]
    unanswered = [record({}, grades={}, answers=(), top=(("en", score, 0.5),)) for score in (0.5, 0.1)]
    found = no_match([*answered, *unanswered], by="score")
    # three of the four pairs of an answered and an unanswered query are in the right order
    assert found.auc.mean == 0.75
    assert (found.confident_answered, found.confident_unanswered) == (1.0, 0.0)
    assert no_match([*answered, *unanswered], by="relevance").auc.mean == 0.5


@pytest.mark.parametrize(
    ("language", "answers", "half"),
    [("en", ("en",), "same"), ("en", ("ar",), "cross"), ("ar", ("ar",), "same"), ("ar", ("ar", "en"), "both")],
)
def test_half_depends_on_the_language_of_the_query(language: str, answers: tuple[str, ...], half: str) -> None:
    assert half_of(record({}, language=language, answers=answers)) == half


def test_mixed_pools_are_combined_and_half_pools_are_separate() -> None:
    top = (("en", 0.5, 0.5),)
    figures = compute(
        [
            record({"a": 1}, top=top),
            record({"a": 3}, pool="mixed-1", answers=("ar",), top=top),
            record({"a": 1}, pool="half-en", top=top),
            record({}, grades={}, answers=(), pool="half-en", top=top),
        ]
    )
    every = figures.row("ntrex", "headline", "mixed", "neutral", "en", "all")
    cross = figures.row("ntrex", "headline", "mixed", "neutral", "en", "cross")
    assert every is not None
    assert cross is not None
    assert every.measures["nDCG@10"].mean == 0.75
    assert cross.measures["nDCG@10"].mean == 0.5
    assert {(signal.by, signal.found.auc.n) for signal in figures.signals} == {("score", 2), ("relevance", 2)}


def test_queries_without_a_language_are_grouped_by_the_language_of_their_answers() -> None:
    mixed = [record({"a": 1}, language="und"), record({"a": 3}, language="und", answers=("ar",))]
    assert [half_of(found) for found in mixed] == ["en", "ar"]
    figures = compute(mixed)
    row = figures.row("ntrex", "headline", "mixed", "neutral", "und", "ar")
    assert row is not None
    assert row.measures["nDCG@10"].mean == 0.5
    assert figures.preferences == []
