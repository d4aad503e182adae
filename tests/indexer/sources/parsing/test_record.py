from typing import Any

import pytest

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.sources.parsing.record import RecordError, article_from_record
from indexer.sources.parsing.reject import Reject


def _article(**fields: Any) -> Article:
    return article_from_record({"id": "a", "text": "Talks began on Monday.", **fields}).article


def _reason(record: object) -> str:
    with pytest.raises(RecordError) as caught:
        article_from_record(record)
    return str(caught.value)


def test_a_full_record_becomes_an_article() -> None:
    record = {
        "id": "wafa-17",
        "language": "ar-PS",
        "title": "توقيع اتفاق جديد",
        "text": "وقَّع الوزيران الاتفاق.\n\nردود الفعل\nقالت المتحدثة: «خطوة أولى».",
        "url": "https://example.org/17",
        "source": "Example",
        "author": "ليلى",
        "published_at": "2025-04-21T12:30:00+03:00",
        "tags": ["سياسة", "treaty"],
    }
    assert article_from_record(record).article == Article(
        id="wafa-17",
        language="ar",
        # The doubling sign in the first word stays: what is stored is what was published.
        blocks=("وقَّع الوزيران الاتفاق.", "ردود الفعل", "قالت المتحدثة: «خطوة أولى»."),
        title="توقيع اتفاق جديد",
        url="https://example.org/17",
        source="Example",
        author="ليلى",
        published=PublicationTime("2025-04-21T09:30:00Z", 1_745_227_800),
        tags=("سياسة", "treaty"),
        extra={},
    )


def test_id_and_text_are_enough() -> None:
    assert article_from_record(
        {"id": "a", "text": "صادق البرلمان على الميزانية الجديدة بعد نقاش طويل"}
    ).article == Article(id="a", language="ar", blocks=("صادق البرلمان على الميزانية الجديدة بعد نقاش طويل",))


@pytest.mark.parametrize("absent", [None, "", " \n", "\u0000"])
def test_a_null_or_blank_field_counts_as_absent(absent: str | None) -> None:
    names = ("language", "title", "url", "source", "author", "published_at")
    assert _article(**dict.fromkeys(names, absent)) == Article(
        id="a", language="en", blocks=("Talks began on Monday.",)
    )


def test_null_tags_and_paragraphs_count_as_absent() -> None:
    assert _article(tags=None, paragraphs=None) == _article()


def test_unknown_fields_are_kept_as_they_came() -> None:
    extra = {"section": "World", "views": 12, "score": 0.5, "none": None, "blank": " ", "geo": {"lat": [1, 2]}}
    # Names that mean something to the library that checks records are fields like any other.
    extra |= {"model_config": 1, "model_extra": 2, "self": 3, "__dict__": 4, "blocks": 5, "extra": 6}
    assert _article(**extra).extra == extra


def test_fields_are_freed_of_what_is_never_text() -> None:
    article = _article(id=" a\x00 ", title=" Talks\x07\n begin \t", url=" https://example.org ", author="Jane\x00 Doe")
    assert (article.id, article.title) == ("a", "Talks begin")
    assert (article.url, article.author) == ("https://example.org", "Jane Doe")


def test_the_body_is_cut_into_lines_that_are_not_blank() -> None:
    assert _article(text="\n One. \r\n\r\n\tTwo.\u2028Three.\x00\n \x00 \n").blocks == ("One.", "Two.", "Three.")


def test_tatweel_marks_and_presentation_forms_are_stored_as_published() -> None:
    line = "\u200fأخبـــار ﺍﻟﺴﻼﻡ ٢٠٢٥\u200f"
    assert _article(text=line).blocks == (line,)


def test_paragraphs_stand_in_for_the_text() -> None:
    article = article_from_record({"id": "a", "paragraphs": ["First one.", " ", "Second\nand third."]}).article
    assert article.blocks == ("First one.", "Second", "and third.")
    assert article.extra == {}


@pytest.mark.parametrize("text", [None, "", " "])
def test_paragraphs_count_where_the_text_is_null_or_blank(text: str | None) -> None:
    assert _article(text=text, paragraphs=["First one."]).blocks == ("First one.",)


def test_the_text_comes_before_paragraphs() -> None:
    assert _article(text="Whole text.", paragraphs=["Part."]).blocks == ("Whole text.",)


def test_a_named_language_is_never_second_guessed() -> None:
    assert _article(language="arz").language == "ar"
    assert _article(language="fr-CA").language == "fr"


def test_the_title_takes_part_in_detection() -> None:
    assert article_from_record({"id": "a", "title": "زلزال في المغرب", "text": "7.2"}).article.language == "ar"


def test_a_text_of_digits_has_no_language() -> None:
    assert article_from_record({"id": "a", "text": "٢٠٢٥"}).article.language == "und"


@pytest.mark.parametrize(
    ("value", "expected"), [(17, "17"), (17.0, "17"), (0, "0"), (1.5, "1.5"), (-(2**70), str(-(2**70)))]
)
def test_numbers_are_ids(value: float, expected: str) -> None:
    assert _article(id=value).id == expected
    record = {"key": {"n": value}, "text": "Talks began on Monday."}
    assert article_from_record(record, {"id": "key.n"}).article.id == expected


def test_entities_are_decoded_once() -> None:
    parsed = article_from_record(
        {
            "id": "a&amp;b",
            "title": "&quot;زلزال&quot;&nbsp;في المغرب",
            "text": "Oil &amp; gas &#8211; &amp;quot;no&amp;quot; &unknown; AT&T &c; R&D",
            "url": "https://example.org/?a=1&amp;b=2",
        }
    )
    article = parsed.article
    assert (article.id, article.title) == ("a&amp;b", '"زلزال" في المغرب')
    assert article.blocks == ("Oil & gas – &quot;no&quot; &unknown; AT&T &c; R&D",)
    assert article.url == "https://example.org/?a=1&b=2"
    assert parsed.repaired
    assert not article_from_record({"id": "a", "text": "AT&T and R&D grew."}).repaired


@pytest.mark.parametrize("written", [[], {}, ["x\ny"], True, -(10**15), "4/5/2025", "yesterday", "x\ny" * 500])
def test_a_date_that_cannot_be_read_leaves_the_article_undated(written: object) -> None:
    parsed = article_from_record({"id": "a", "text": "Talks.", "published_at": written})
    assert parsed.article.published is None
    assert parsed.date is not None
    assert parsed.date.problem
    assert "\n" not in parsed.date.problem


@pytest.mark.parametrize("record", [None, [], ["id"], "text", 5, True])
def test_what_is_no_object_is_refused(record: object) -> None:
    assert _reason(record) == "not a JSON object"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"text": "Talks."}, "id: field required; the record has text: say with --map id=NAME which one it is"),
        ({"id": True, "text": "Talks."}, "id: input should be a valid string"),
        ({"id": None, "text": "Talks."}, "id: input should be a valid string"),
        ({"id": "x" * 1_001, "text": "Talks."}, "id: string should have at most 1000 characters"),
        ({"id": "", "text": "Talks."}, "id: string should have at least 1 character"),
        ({"id": " \t", "text": "Talks."}, "id: is blank"),
        ({"id": "\x00", "text": "Talks."}, "id: is blank"),
        ({"id": "a"}, "text: is missing"),
        ({"id": "a", "text": None}, "text: is missing"),
        ({"id": "a", "text": " \n\u0000"}, "text: is missing"),
        ({"id": "a", "text": ["Talks."]}, "text: input should be a valid string"),
        ({"id": "a", "text": "..."}, "text: is blank"),
        ({"id": "a", "text": "\u200f «» ،"}, "text: is blank"),  # display mark and Arabic punctuation only
        ({"id": "a", "text": "Read also: storm\nAdvertisement"}, "text: holds only banners and links"),
        ({"id": "a", "paragraphs": [f"Team {n} 12 {n}" for n in range(9)]}, "text: is mostly a table"),
        ({"id": "a", "paragraphs": []}, "text: is blank"),
        ({"id": "a", "paragraphs": ["", "\n"]}, "text: is blank"),
        ({"id": "a", "paragraphs": "Talks."}, "paragraphs: input should be a valid list"),
        ({"id": "a", "paragraphs": ["Talks.", None]}, "paragraphs.1: input should be a valid string"),
        ({"id": "a", "text": "Talks.", "title": 5}, "title: input should be a valid string"),
        ({"id": "a", "text": "Talks.", "url": {}}, "url: input should be a valid string"),
        ({"id": "a", "text": "Talks.", "tags": "oil"}, "tags: input should be a valid list"),
        ({"id": "a", "text": "Talks.", "tags": ["oil", 5]}, "tags.1: input should be a valid string"),
        (
            {"id": "a", "text": "Talks.", "language": "Arabic"},
            "language: 'Arabic' is not a language tag such as en, ar or fr-CA",
        ),
        ({"id": "a", "text": "Talks.", "language": ["en"]}, "language: input should be a valid string"),
    ],
)
def test_a_bad_field_is_named_with_the_reason(record: object, reason: str) -> None:
    assert _reason(record) == reason


@pytest.mark.parametrize("field", ["language", "id"])
def test_a_reason_is_one_line_whatever_the_value(field: str) -> None:
    assert "\n" not in _reason({"id": "a", "text": "Talks.", field: "x\ny" * 500})


def test_text_that_folds_to_nothing_is_blank() -> None:
    # Tatweel (U+0640) counts as a letter, but only stretches words: alone it says nothing.
    with pytest.raises(RecordError, match="text: is blank"):
        article_from_record({"id": "a", "text": "\u0640\u0640\u0640"})


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a b", True),
        ("HTTP://example.org", True),
        ("www.example.org/a:b", True),
        ("/news/17", True),
        ("javascript:alert(1)", False),
        (" java\tscript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("file:///etc/passwd", False),
        ("urn:uuid:1", False),
    ],
)
def test_only_addresses_of_the_web_are_kept(url: str, kept: bool) -> None:
    article = _article(url=url)
    assert article.url == (url.strip() if kept else None)
    assert "url" not in article.extra


def test_names_are_on_one_line_without_controls() -> None:
    names = {name: f" a\x1b[31m\r\n\u2028b\x00\t{name}\x85" for name in ("id", "title", "source", "author")}
    article = article_from_record({**names, "text": "They met.", "tags": ["x\ny", "\n"]}).article
    assert (article.id, article.source, article.author) == ("a[31m b id", "a[31m b source", "a[31m b author")
    assert (article.title, article.tags) == ("a[31m b title", ("x y",))


@pytest.mark.parametrize(
    "url", ["http://[", "http://[::1", "https://a]b/", "javascript:alert(1)", "file:///etc/passwd"]
)
def test_an_address_that_no_parser_takes_is_left_out(url: str) -> None:
    assert article_from_record({"id": "1", "text": "They met.", "url": url}).article.url is None


def test_a_reason_is_on_one_line_and_not_endless() -> None:
    reject = Reject("a", 1, "x\x1b[31m\r\ny\u2028" + "z" * 5_000)
    assert reject.reason.startswith("x [31m  y z")
    assert len(reject.reason) == 1_000
