"""Copies are found; what only resembles them is not."""

import random
from pathlib import Path

import pytest

from indexer.articles.duplicates import Copies, find_copies, signatures_of
from indexer.snapshot.content.corpus_writer import ArticleText

WORDS = [f"word{number}" for number in range(3_000)]


def found(tmp_path: Path, articles: list[list[str]], days: list[float | None] | None = None) -> Copies:
    """Return the copies among articles, published on some days or on none."""
    times = [None if day is None else int(day * 86_400) for day in days or [None] * len(articles)]
    return find_copies(map(ArticleText, times, articles), tmp_path / "signatures.bin")


def words(rng: random.Random, n: int = 200) -> list[str]:
    return rng.choices(WORDS, k=n)


def text(some: list[str]) -> list[str]:
    """Return words as an article of two paragraphs."""
    return [" ".join(some[: len(some) // 2]), " ".join(some[len(some) // 2 :])]


def similarity(one: list[str], other: list[str]) -> float:
    """Return the Jaccard similarity of two texts' runs of three words, as the textbook has it."""
    runs, others = ({tuple(some[at : at + 3]) for at in range(len(some) - 2)} for some in (one, other))
    return len(runs & others) / len(runs | others)


def test_the_same_words_are_an_exact_copy_whatever_surrounds_them(tmp_path: Path) -> None:
    articles = [
        ["The treaty was signed on Monday.", "Both sides spoke of a new beginning for the region."],
        ["Nothing of the kind was said about the harvest of olives this year."],
        ["THE TREATY was signed on Monday!", "Both sides spoke of a “new beginning” for the region"],
    ]
    assert found(tmp_path, articles) == Copies({2: 0}, exact=1)


def test_arabic_spelling_that_differs_in_print_alone_makes_no_difference(tmp_path: Path) -> None:
    plain = "وقع الطرفان اتفاقا جديدا في 12 مايو بعد مفاوضات طويلة"
    # short vowels, a stretched word, Arabic-Indic digits
    decorated = "وقَّع الطرفان اتفاقًا جديدًا في ١٢ مايـــو بعد مفاوضات طويلة"
    assert found(tmp_path, [[plain], [decorated]]) == Copies({1: 0}, exact=1)


def test_an_edited_copy_is_found_and_is_not_exact(tmp_path: Path) -> None:
    rng = random.Random(1)
    original = words(rng)
    edited = ["correction", *original[:150], *words(rng, 5), *original[155:]]
    assert similarity(original, edited) > 0.8
    copies = found(tmp_path, [text(words(rng)), text(original), text(edited)])
    assert copies == Copies({2: 1}, exact=0)
    assert copies.stories == 1


@pytest.mark.parametrize(
    ("first", "second", "is_copy"),
    [(0, 0, True), (0, 3, True), (3, 0, True), (0, 3.1, False), (7, 0, False), (None, 0, True), (0, None, True)],
)
def test_what_is_alike_is_a_copy_only_near_in_time(
    tmp_path: Path, first: float | None, second: float | None, is_copy: bool
) -> None:
    rng = random.Random(5)
    original = words(rng)
    edited = [*original[:100], "changed", *original[101:]]
    assert found(tmp_path, [text(original), text(edited)], [first, second]).of == ({1: 0} if is_copy else {})
    assert found(tmp_path, [text(original), text(original)], [first, second]).of == {1: 0}


def test_a_form_that_fills_every_week_has_its_copies_among_those_of_its_day(tmp_path: Path) -> None:
    rng = random.Random(6)
    form = words(rng)
    articles, days = [], []
    for week in range(20):
        report = [*form[:90], *words(rng, 10), *form[100:]]
        for copy in range(4):
            articles.append(text([f"copy{copy}", *report]))
            days.append(7.0 * week)
    order = rng.sample(range(80), 80)
    copies = found(tmp_path, [articles[one] for one in order], [days[one] for one in order])
    pairs = {frozenset((order[row] // 4, order[of] // 4)) for row, of in copies.of.items()}
    assert pairs == {frozenset({week}) for week in range(20)}
    assert len(copies.of) == 60


def test_every_copy_is_like_the_first_and_chains_are_not_followed(tmp_path: Path) -> None:
    rng = random.Random(2)
    first, fresh = words(rng, 300), words(rng, 300)
    chain = [fresh[: 30 * step] + first[30 * step :] for step in range(10)]
    copies = found(tmp_path, [text(some) for some in chain])
    assert similarity(chain[0], chain[9]) < 0.1
    assert len(copies.of) >= 5
    assert all(similarity(chain[row], chain[of]) > 0.45 for row, of in copies.of.items())
    assert set(copies.of.values()).isdisjoint(copies.of)


def test_families_of_edited_copies_among_many_other_articles(tmp_path: Path) -> None:
    rng = random.Random(3)
    articles: list[list[str]] = []
    family: dict[int, int] = {}
    for _ in range(300):
        original = words(rng)
        first = len(articles)
        articles.append(original)
        for _ in range(rng.choice([0, 0, 0, 1, 3])):
            copy = list(original)
            copy[rng.randrange(200)] = "changed"
            family[len(articles)] = first
            articles.append(copy)
    assert found(tmp_path, [text(some) for some in articles]).of == family


def test_signatures_estimate_the_similarity() -> None:
    rng = random.Random(4)
    original = words(rng, 400)
    for kept in (400, 300, 200, 100, 0):
        other = original[:kept] + words(rng, 400 - kept)
        one, two = signatures_of([original, other])
        assert float((one == two).mean()) == pytest.approx(similarity(original, other), abs=0.15)


def test_thousands_of_copies_of_one_template_are_compared_in_time(tmp_path: Path) -> None:
    same = ["Sunny in the north, clouds in the south, no rain is expected anywhere today."]
    copies = found(tmp_path, [same] * 5_000)
    assert copies.of == dict.fromkeys(range(1, 5_000), 0)
    assert copies.exact == 4_999


def test_texts_shorter_than_a_run_are_copies_when_equal(tmp_path: Path) -> None:
    assert found(tmp_path, [["Breaking"], ["News"], ["breaking."], ["Breaking news"]]).of == {2: 0}


def test_articles_without_words_are_copies_of_one_another_and_nothing_else(tmp_path: Path) -> None:
    assert found(tmp_path, [["…"], ["Some words stand here."], []]).of == {2: 0}


def test_no_articles_have_no_copies(tmp_path: Path) -> None:
    assert found(tmp_path, []) == Copies({}, exact=0)
