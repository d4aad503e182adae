"""Near-duplicates are found; articles that are only similar are not."""

import random
from pathlib import Path

import pytest

from indexer.articles.duplicates import NearDuplicates, find_near_duplicates, minhash_signatures
from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.content.corpus_writer import ArticleText

WORDS = [f"word{number}" for number in range(3_000)]


def find(tmp_path: Path, articles: list[list[str]], days: list[float | None] | None = None) -> NearDuplicates:
    """Return the near-duplicates among articles, which have a day of publication or none."""
    times = [None if day is None else int(day * 86_400) for day in days or [None] * len(articles)]
    return find_near_duplicates(map(ArticleText, times, articles), tmp_path / "signatures.bin")


def words(rng: random.Random, n: int = 200) -> list[str]:
    return rng.choices(WORDS, k=n)


def text(some: list[str]) -> list[str]:
    """Return words as an article of two paragraphs."""
    return [" ".join(some[: len(some) // 2]), " ".join(some[len(some) // 2 :])]


def similarity(one: list[str], other: list[str]) -> float:
    """Return the exact Jaccard similarity of the three-word shingles of two texts."""
    shingles, others = ({tuple(some[at : at + 3]) for at in range(len(some) - 2)} for some in (one, other))
    return len(shingles & others) / len(shingles | others)


def test_the_same_words_are_an_exact_duplicate_whatever_the_case_and_punctuation(tmp_path: Path) -> None:
    articles = [
        ["The treaty was signed on Monday.", "Both sides spoke of a new beginning for the region."],
        ["Nothing of the kind was said about the harvest of olives this year."],
        ["THE TREATY was signed on Monday!", "Both sides spoke of a “new beginning” for the region"],
    ]
    assert find(tmp_path, articles) == NearDuplicates({ArticleRow(2): ArticleRow(0)}, n_exact=1)


def test_arabic_spelling_that_differs_in_print_alone_makes_no_difference(tmp_path: Path) -> None:
    plain = "وقع الطرفان اتفاقا جديدا في 12 مايو بعد مفاوضات طويلة"
    # short vowels, a stretched word, Arabic-Indic digits
    decorated = "وقَّع الطرفان اتفاقًا جديدًا في ١٢ مايـــو بعد مفاوضات طويلة"
    assert find(tmp_path, [[plain], [decorated]]) == NearDuplicates({ArticleRow(1): ArticleRow(0)}, n_exact=1)


def test_an_edited_article_is_a_near_duplicate_and_is_not_exact(tmp_path: Path) -> None:
    rng = random.Random(1)
    original = words(rng)
    edited = ["correction", *original[:150], *words(rng, 5), *original[155:]]
    assert similarity(original, edited) > 0.8
    duplicates = find(tmp_path, [text(words(rng)), text(original), text(edited)])
    assert duplicates == NearDuplicates({ArticleRow(2): ArticleRow(1)}, n_exact=0)
    assert duplicates.n_stories == 1


@pytest.mark.parametrize(
    ("first", "second", "is_duplicate"),
    [(0, 0, True), (0, 3, True), (3, 0, True), (0, 3.1, False), (7, 0, False), (None, 0, True), (0, None, True)],
)
def test_similar_articles_are_near_duplicates_only_within_three_days(
    tmp_path: Path, first: float | None, second: float | None, is_duplicate: bool
) -> None:
    rng = random.Random(5)
    original = words(rng)
    edited = [*original[:100], "changed", *original[101:]]
    assert find(tmp_path, [text(original), text(edited)], [first, second]).originals == ({1: 0} if is_duplicate else {})
    assert find(tmp_path, [text(original), text(original)], [first, second]).originals == {1: 0}


def test_weekly_reports_of_one_form_are_near_duplicates_only_of_the_same_day(tmp_path: Path) -> None:
    rng = random.Random(6)
    form = words(rng)
    articles, days = [], []
    for week in range(20):
        report = [*form[:90], *words(rng, 10), *form[100:]]
        for copy in range(4):
            articles.append(text([f"copy{copy}", *report]))
            days.append(7.0 * week)
    order = rng.sample(range(80), 80)
    duplicates = find(tmp_path, [articles[one] for one in order], [days[one] for one in order])
    pairs = {frozenset((order[row] // 4, order[original] // 4)) for row, original in duplicates.originals.items()}
    assert pairs == {frozenset({week}) for week in range(20)}
    assert len(duplicates.originals) == 60


def test_every_near_duplicate_is_similar_to_its_original_so_chains_do_not_become_one_story(tmp_path: Path) -> None:
    rng = random.Random(2)
    first, fresh = words(rng, 300), words(rng, 300)
    chain = [fresh[: 30 * step] + first[30 * step :] for step in range(10)]
    duplicates = find(tmp_path, [text(some) for some in chain])
    assert similarity(chain[0], chain[9]) < 0.1
    assert len(duplicates.originals) >= 5
    assert all(similarity(chain[row], chain[original]) > 0.45 for row, original in duplicates.originals.items())
    assert set(duplicates.originals.values()).isdisjoint(duplicates.originals)


def test_families_of_edited_articles_among_many_other_articles(tmp_path: Path) -> None:
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
    assert find(tmp_path, [text(some) for some in articles]).originals == family


def test_signatures_estimate_the_similarity() -> None:
    rng = random.Random(4)
    original = words(rng, 400)
    for kept in (400, 300, 200, 100, 0):
        other = original[:kept] + words(rng, 400 - kept)
        one, two = minhash_signatures([original, other])
        assert float((one == two).mean()) == pytest.approx(similarity(original, other), abs=0.15)


def test_thousands_of_equal_articles_have_one_original(tmp_path: Path) -> None:
    same = ["Sunny in the north, clouds in the south, no rain is expected anywhere today."]
    duplicates = find(tmp_path, [same] * 5_000)
    assert duplicates.originals == dict.fromkeys(range(1, 5_000), 0)
    assert duplicates.n_exact == 4_999


def test_texts_shorter_than_a_shingle_are_duplicates_if_they_are_equal(tmp_path: Path) -> None:
    assert find(tmp_path, [["Breaking"], ["News"], ["breaking."], ["Breaking news"]]).originals == {2: 0}


def test_articles_without_words_are_duplicates_of_one_another_only(tmp_path: Path) -> None:
    assert find(tmp_path, [["…"], ["Some words stand here."], []]).originals == {2: 0}


def test_no_articles_have_no_near_duplicates(tmp_path: Path) -> None:
    assert find(tmp_path, []) == NearDuplicates({}, n_exact=0)
