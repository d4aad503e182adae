import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article, PublicationTime, article_of_paragraph, paragraph_id


@pytest.mark.parametrize(
    ("value", "text", "timestamp"),
    [
        ("2025-04-21", "2025-04-21", 1_745_193_600),
        (" 2025-04-21\n", "2025-04-21", 1_745_193_600),
        ("20250421", "2025-04-21", 1_745_193_600),
        ("1970-01-01", "1970-01-01", 0),
        ("1969-12-31", "1969-12-31", -86_400),
    ],
)
def test_a_day_stays_a_day_and_starts_in_utc(value: str, text: str, timestamp: int) -> None:
    published = PublicationTime.parse(value)
    assert published == PublicationTime(text=text, timestamp=timestamp)
    assert published.is_day


@pytest.mark.parametrize(
    ("value", "text", "timestamp"),
    [
        ("2025-04-21T09:30:00Z", "2025-04-21T09:30:00Z", 1_745_227_800),
        ("2025-04-21T09:30:00", "2025-04-21T09:30:00Z", 1_745_227_800),
        ("2025-04-21 09:30", "2025-04-21T09:30:00Z", 1_745_227_800),
        ("2025-04-21T12:30:00+03:00", "2025-04-21T09:30:00Z", 1_745_227_800),
        ("2025-04-21T23:30:00-04:00", "2025-04-22T03:30:00Z", 1_745_292_600),
        ("2025-04-21T09:30:00.999Z", "2025-04-21T09:30:00Z", 1_745_227_800),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z", -1),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59Z", 253_402_300_799),
    ],
)
def test_a_moment_is_told_in_utc_to_the_second(value: str, text: str, timestamp: int) -> None:
    published = PublicationTime.parse(value)
    assert published == PublicationTime(text=text, timestamp=timestamp)
    assert not published.is_day


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "21/04/2025",
        "2025-02-30",
        "2025-04",
        "2025-04-21T25:00",
        "0001-01-01T00:00:00+03:00",  # before the first year in UTC
        "9999-12-31T23:59:59-01:00",  # after the last one
        "٢٠٢٥-٠٤-٢١",  # the day above in Arabic-Indic digits is not ISO 8601
    ],
)
def test_other_dates_are_refused_by_name(value: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 date or date-time such as") as caught:
        PublicationTime.parse(value)
    assert str(caught.value).startswith(repr(value))


def test_a_paragraph_id_never_changes_between_releases() -> None:
    # Sha256 of "0", a line break and the text, its first twelve hexadecimal characters.
    assert paragraph_id("bbc-1", "Talks began on Monday.", 0) == "bbc-1:b97551cc8f50"
    assert paragraph_id("bbc-1", "Talks began on Monday.", 1) == "bbc-1:abc659b8cf60"


@given(st.text(), st.integers(0, 50))
def test_a_paragraph_id_is_its_article_and_twelve_hexadecimal_characters(text: str, occurrence: int) -> None:
    assert re.fullmatch("news/7:[0-9a-f]{12}", paragraph_id("news/7", text, occurrence))


def test_a_paragraph_id_tells_articles_texts_and_occurrences_apart() -> None:
    ids = {paragraph_id(article, text, n) for article in ("a", "b") for text in ("x", "y", "1\nx") for n in (0, 1)}
    assert len(ids) == 12


@pytest.mark.parametrize(
    "spelling",
    [
        "وقع الوزير الاتفاق",
        "وقَّع الوزير الاتفاق",  # with the doubling sign and a short vowel
        "وقع  الوزيـــر\nالاتفاق",  # stretched, and over two lines
        "\u200fوقع الوزير الاتفاق\u200e",  # between display marks
    ],
)
def test_spellings_that_encoders_read_alike_share_an_id(spelling: str) -> None:
    assert paragraph_id("a", spelling, 0) == paragraph_id("a", "وقع الوزير الاتفاق", 0)


def test_another_hamza_is_another_text() -> None:
    assert paragraph_id("a", "أمل", 0) != paragraph_id("a", "امل", 0)


def test_an_article_needs_only_id_language_and_blocks() -> None:
    article = Article(id="a", language="ar", blocks=("خبر",))
    assert (article.title, article.url, article.source, article.author, article.published) == (None,) * 5
    assert article.tags == ()
    assert article.extra == {}


@pytest.mark.parametrize("article_id", ["a", "news/7", "urn:news:7", "خبر:٧", "two\nlines"])
def test_a_paragraph_id_leads_back_to_its_article(article_id: str) -> None:
    assert article_of_paragraph(paragraph_id(article_id, "Talks began on Monday.", 0)) == article_id


@pytest.mark.parametrize(
    "text", ["", "a", "a:b", ":b97551cc8f50", "a:b97551cc8f5", "a:B97551CC8F50", "a:b97551cc8f50 "]
)
def test_another_text_is_no_paragraph_id(text: str) -> None:
    assert article_of_paragraph(text) is None
