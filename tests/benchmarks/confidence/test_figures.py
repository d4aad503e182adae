"""Figures of confidence on hand-made records."""

from benchmarks.confidence.figures import compute
from benchmarks.confidence.records import Case, Records


def case(*, answer: bool, confident: bool, margin: float | None, right: bool = True, words: bool = False) -> Case:
    return Case(
        corpus="c",
        query="q",
        language="en",
        is_short=True,
        pool="both",
        has_answer=answer,
        is_right=answer and right,
        has_words=words,
        confident=confident,
        margin=margin,
    )


def test_shares_of_right_absent_and_named() -> None:
    cases = [
        case(answer=True, confident=True, margin=2.0),
        case(answer=True, confident=False, margin=-1.0),
        case(answer=True, confident=True, margin=None, right=False),
        case(answer=False, confident=True, margin=0.5),
        case(answer=False, confident=False, margin=-1.0),
        case(answer=False, confident=False, margin=-2.0),
        case(answer=False, confident=False, margin=-3.0),
        case(answer=False, confident=True, margin=None, words=True),
    ]
    (group,) = compute(Records(cases)).groups
    assert (group.n_right, group.right) == (2, 0.5)
    assert (group.n_absent, group.absent) == (4, 0.25)
    assert (group.n_named, group.named) == (1, 1.0)
    # Words decide for infinity, 2.0 is above all four, and -1.0 above two, equal to one and below one.
    assert group.auc == (4 + 4 + 2.5) / 12


def test_a_search_that_finds_nothing_is_below_all_others() -> None:
    cases = [
        case(answer=True, confident=True, margin=None),
        case(answer=True, confident=False, margin=-5.0),
        case(answer=False, confident=False, margin=None),
    ]
    (group,) = compute(Records(cases)).groups
    assert group.auc == 1.0


def test_longer_queries_are_absent_whatever_words_are_left() -> None:
    longer = Case("c", "q", "en", False, "both", False, False, True, False, -1.0)
    (group,) = compute(Records([longer])).groups
    assert (group.n_absent, group.n_named, group.n_right, group.right, group.auc) == (1, 0, 0, None, None)


def test_pools_languages_and_lengths_are_apart() -> None:
    one = case(answer=True, confident=True, margin=1.0)
    others = [
        Case("c", "q", "ar", True, "both", True, True, False, True, 1.0),
        Case("c", "q", "en", False, "both", True, True, False, True, 1.0),
        Case("c", "q", "en", True, "ar", True, True, False, True, 1.0),
        Case("d", "q", "en", True, "both", True, True, False, True, 1.0),
    ]
    assert len(compute(Records([one, *others, one])).groups) == 5
