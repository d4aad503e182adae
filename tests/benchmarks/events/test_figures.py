"""Pairs and B-cubed on hand-made events."""

import pytest

from benchmarks.corpora.same_event import SAME_EVENT, is_same_event
from benchmarks.events.articles import Titles
from benchmarks.events.figures import b_cubed, compute, count_other_news, pair_scores
from benchmarks.events.records import LabelledArticle, Records, RuleRun

ARTICLES = {
    "a-en": LabelledArticle("en", "a"),
    "a-ar": LabelledArticle("ar", "a"),
    "b-en": LabelledArticle("en", "b"),
    "b-ar": LabelledArticle("ar", "b"),
    "n-en": LabelledArticle("en", None),
    "n-ar": LabelledArticle("ar", None),
}


def test_halves_of_a_document_are_the_right_pair() -> None:
    scores = pair_scores(ARTICLES, [["a-en", "a-ar"], ["n-en", "n-ar"]], ["a", "b"])
    assert (scores.right, scores.found, scores.all_right) == (1, 1, 2)
    assert (scores.precision, scores.recall) == (1.0, 0.5)


def test_pairs_with_other_news_and_other_documents_are_wrong() -> None:
    scores = pair_scores(ARTICLES, [["a-en", "a-ar", "b-ar", "n-ar"], ["b-en", "n-ar"]], ["a", "b"])
    # a-en with a-ar, b-ar and n-ar, and b-en with n-ar.
    assert (scores.right, scores.found, scores.all_right) == (1, 4, 2)


def test_pairs_of_one_language_do_not_count() -> None:
    scores = pair_scores(ARTICLES, [["a-en", "b-en", "n-en"]], ["a", "b"])
    assert (scores.right, scores.found) == (0, 0)
    assert (scores.precision, scores.recall) == (1.0, 0.0)


def test_only_the_documents_asked_for_count() -> None:
    events = [["a-en", "a-ar"], ["b-en", "n-ar"], ["b-ar", "n-en"]]
    assert pair_scores(ARTICLES, events, ["a"]).precision == 1.0
    assert pair_scores(ARTICLES, events, ["b"]).precision == 0.0


def test_b_cubed_of_events_that_are_right() -> None:
    scores = b_cubed(ARTICLES, [["a-en", "a-ar"], ["b-en", "b-ar"], ["n-en", "n-ar"]], ["a", "b"])
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 1.0, 1.0)


def test_b_cubed_of_articles_that_are_all_alone() -> None:
    scores = b_cubed(ARTICLES, [], ["a", "b"])
    assert (scores.precision, scores.recall) == (1.0, 0.5)
    assert scores.f1 == pytest.approx(2 / 3)


def test_b_cubed_of_one_event_with_everything() -> None:
    scores = b_cubed(ARTICLES, [list(ARTICLES)], ["a", "b"])
    assert scores.precision == pytest.approx(1 / 3)
    assert scores.recall == 1.0
    assert b_cubed(ARTICLES, [["a-en", "a-ar", "n-en"]], ["a", "b"]).precision == pytest.approx((2 / 3 * 2 + 1 * 2) / 4)


def test_documents_about_one_event_are_judged_apart() -> None:
    def same(one: str | None, other: str | None) -> bool:
        return {one, other} == {"a", "b"}

    scores = pair_scores(ARTICLES, [["a-en", "a-ar", "b-ar"], ["b-en", "n-ar"]], ["a", "b"], same)
    assert (scores.right, scores.same_event, scores.found) == (1, 1, 3)
    assert scores.precision == pytest.approx(1 / 3)
    assert scores.judged_precision == pytest.approx(2 / 3)


def test_pairs_of_other_news_are_counted() -> None:
    assert count_other_news(ARTICLES, [["n-en", "n-ar", "a-ar"]]) == 1
    assert count_other_news(ARTICLES, [["a-en", "a-ar"]]) == 0


def test_no_document_is_judged_twice() -> None:
    judged = [document for group in SAME_EVENT for document in group]
    assert len(judged) == len(set(judged))
    assert is_same_event("ntrex-reuters.218932", "ntrex-rt.com.91337")
    assert not is_same_event("ntrex-reuters.218932", "ntrex-bbc.381746")
    assert not is_same_event(None, None)


def test_a_rule_is_chosen_on_every_other_document() -> None:
    run = RuleRun(Titles.BOTH, 0.1, 0.2, [["a-en", "a-ar"], ["b-en", "n-ar"]])
    figures = compute(Records(ARTICLES, (0.1, 0.2), [run], []))
    (rule,) = figures.rules
    assert (figures.n_documents, figures.n_other_news) == (2, 2)
    assert (rule.chosen_on[0].precision, rule.held_out[0].precision) == (1.0, 0.0)
    assert (rule.chosen_on[1].f1, rule.other_news) == (1.0, 0)
