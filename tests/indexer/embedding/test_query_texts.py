import pytest

from indexer.embedding.query_texts import (
    BANK_LANGUAGES,
    HEADLINES_PER_LANGUAGE,
    Headline,
    headlines,
    opening_sentences,
    query_bank,
    short_query_bank,
)
from indexer.snapshot.text.language import detect_language, detect_query_language
from indexer.snapshot.text.query_length import is_short


def test_headlines_come_by_language_with_the_row_of_their_article() -> None:
    openings = [
        ("en", "Oil prices rise", "Oil rose on Monday."),
        ("ar", "ارتفاع أسعار النفط", "ارتفع النفط يوم الاثنين."),
        ("en", "Markets fall", "Shares fell."),
    ]
    assert headlines(openings) == [
        Headline("ar", "ارتفاع أسعار النفط", 1),
        Headline("en", "Oil prices rise", 0),
        Headline("en", "Markets fall", 2),
    ]


def test_headlines_are_folded() -> None:
    # Tatweel, a vowel sign and Arabic-Indic digits: "news of the year 2025".
    assert headlines([("ar", "أخبـــارُ عام\n٢٠٢٥", "نص")]) == [Headline("ar", "أخبار عام 2025", 0)]


@pytest.mark.parametrize("title", [None, "", " \u200f ", "\u0640\u0640"])
def test_without_a_title_the_opening_counts_with_its_first_sixteen_words(title: str | None) -> None:
    opening = " ".join(f"w{n}" for n in range(30))
    assert headlines([("en", title, opening)]) == [Headline("en", " ".join(f"w{n}" for n in range(16)), 0)]


def test_an_article_of_nothing_but_marks_gives_no_headline() -> None:
    assert headlines([("en", None, "\u200e"), ("ar", "خبر", "")]) == [Headline("ar", "خبر", 1)]


def test_no_articles_give_no_headlines() -> None:
    assert headlines([]) == []


def test_openings_are_cut_to_a_sentence_and_shorter_ones_left_out() -> None:
    long, short = " ".join(f"word{number}" for number in range(40)), "The port is closed."
    openings = [("en", "Title", long), ("ar", None, "كلمـــة " * 13), ("en", None, short), ("fr", None, short)]
    cut = " ".join(f"word{number}" for number in range(24))
    assert opening_sentences(openings) == {"ar": [" ".join(["كلمة"] * 13)], "en": [cut]}
    many = [("en", None, f"{number} {long}") for number in range(1_000)]
    assert len(opening_sentences(many, per_language=10)["en"]) == 10


def test_a_large_language_is_thinned_out_evenly_and_a_small_one_kept() -> None:
    openings = [("en", f"headline {n}", "") for n in range(1_200)] + [("ar", f"خبر {n}", "") for n in range(400)]
    found = headlines(openings)
    assert [headline.article_row for headline in found] == [*range(1_200, 1_600), *range(0, 1_200, 3)]
    assert HEADLINES_PER_LANGUAGE == 400
    assert len(headlines(openings, per_language=5)) == 10


@pytest.mark.parametrize("language", BANK_LANGUAGES)
def test_bank_holds_queries_of_its_language(language: str) -> None:
    bank = query_bank(language)
    assert len(bank) == len(set(bank)) == 120
    assert [query for query in bank if detect_language(query) != language] == []


def test_short_bank_has_different_short_queries_of_its_language_line_by_line() -> None:
    banks = [short_query_bank(language) for language in BANK_LANGUAGES]
    assert len(banks[0]) == len(banks[1]) >= 80
    for language, bank in zip(BANK_LANGUAGES, banks, strict=True):
        assert len(set(bank)) == len(bank)
        assert all(is_short(query) and detect_query_language(query) == language for query in bank)


def test_other_languages_have_no_bank() -> None:
    assert query_bank("fr") == ()
