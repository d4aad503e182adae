import pytest

from indexer.query_texts import PER_LANGUAGE, query_like_texts, spread


def test_headlines_are_grouped_by_language_in_order() -> None:
    openings = [
        ("en", "Oil prices rise", "Oil rose on Monday."),
        ("ar", "ارتفاع أسعار النفط", "ارتفع النفط يوم الاثنين."),
        ("en", "Markets fall", "Shares fell."),
    ]
    found = query_like_texts(openings)
    assert dict(found) == {"ar": ["ارتفاع أسعار النفط"], "en": ["Oil prices rise", "Markets fall"]}
    assert list(found) == ["ar", "en"]


def test_headlines_are_folded() -> None:
    # Tatweel, a vowel sign and Arabic-Indic digits: "news of the year 2025".
    assert query_like_texts([("ar", "أخبـــارُ عام\n٢٠٢٥", "نص")]) == {"ar": ["أخبار عام 2025"]}


@pytest.mark.parametrize("title", [None, "", " \u200f ", "\u0640\u0640"])
def test_without_a_title_the_opening_counts_with_its_first_sixteen_words(title: str | None) -> None:
    opening = " ".join(f"w{n}" for n in range(30))
    assert query_like_texts([("en", title, opening)]) == {"en": [" ".join(f"w{n}" for n in range(16))]}


def test_an_article_of_nothing_but_marks_gives_no_headline() -> None:
    assert query_like_texts([("en", None, "\u200e"), ("ar", "خبر", "")]) == {"ar": ["خبر"]}


def test_no_articles_give_no_languages() -> None:
    assert query_like_texts([]) == {}


def test_a_large_language_is_thinned_out_evenly_and_a_small_one_kept() -> None:
    openings = [("en", f"headline {n}", "") for n in range(1_200)] + [("ar", f"خبر {n}", "") for n in range(400)]
    found = query_like_texts(openings)
    assert found["en"] == [f"headline {n}" for n in range(0, 1_200, 3)]
    assert found["ar"] == [f"خبر {n}" for n in range(400)]
    assert PER_LANGUAGE == 400


@pytest.mark.parametrize(
    ("texts", "n", "expected"),
    [
        ("abcdef", 3, "ace"),
        ("abcdefg", 3, "ace"),
        ("abcde", 4, "abcd"),
        ("abc", 3, "abc"),
        ("ab", 3, "ab"),
        ("", 3, ""),
        ("abcd", 1, "a"),
    ],
)
def test_spread_takes_texts_at_even_distances(texts: str, n: int, expected: str) -> None:
    assert spread(list(texts), n) == list(expected)
