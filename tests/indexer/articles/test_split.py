from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.articles.split import (
    ParagraphLimit,
    blocks_from_paragraphs,
    is_heading,
    split_article,
    split_key,
    split_long,
)
from indexer.snapshot.content.article import Article, Paragraph


def _count_words(text: str) -> int:
    return len(text.split())


def _article(blocks: Sequence[str]) -> Article:
    return Article(id="a", language="en", blocks=tuple(blocks))


def _split(blocks: Sequence[str], max_tokens: int = 100) -> list[Paragraph]:
    return split_article(_article(blocks), ParagraphLimit(max_tokens, _count_words))


def _texts(blocks: Sequence[str], max_tokens: int = 100) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in _split(blocks, max_tokens)]


def _prose(name: str, n_words: int = 12) -> str:
    return " ".join(f"{name}{n}" for n in range(n_words)) + "."


# Words of both scripts with the marks around them in news: quotes, commas, dashes, question
# marks of Latin and Arabic ("؟"), Arabic comma and semicolon ("،", "؛"), digits, marks, emoji.
_WORD = st.one_of(
    st.text(
        st.sampled_from("abcXYZ019.,;:!?…\"'”’»«›‹()[]—–-ابتثجحأإآةىئءـ\u064e\u0651\u200f\u200e،؛؟۔٠٣٪😀"),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from(["—", "-", ".", "»", "وقال", "الوزير:", "talks.”", "U.S.", "3.5", "؟»", "ﷺ"]),
)
_LINE = st.tuples(st.lists(_WORD, min_size=1, max_size=30), st.sampled_from([" ", "  ", "\t", "\u00a0", "\u2003"])).map(
    lambda parts: parts[1].join(parts[0])
)
# Unique lines: a subheading that repeats the one before it cannot be seen in the paragraphs.
_BLOCKS = st.lists(_LINE, min_size=1, max_size=12, unique=True)
_LIMITS = st.integers(1, 40)


@given(_BLOCKS, _LIMITS)
def test_sections_and_paragraphs_give_back_every_word_in_order(blocks: list[str], max_tokens: int) -> None:
    found: list[str] = []
    section = None
    for paragraph in _split(blocks, max_tokens):
        if paragraph.section is not None and paragraph.section != section:
            found += paragraph.section.split()
        section = paragraph.section
        found += paragraph.text.split()
    assert found == " ".join(blocks).split()


@given(_BLOCKS, _LIMITS)
def test_no_paragraph_is_blank_or_over_the_limit(blocks: list[str], max_tokens: int) -> None:
    lengths = [_count_words(paragraph.text) for paragraph in _split(blocks, max_tokens)]
    assert all(1 <= length <= max_tokens for length in lengths), lengths


@given(st.lists(_LINE, min_size=1, max_size=12), _LIMITS)
def test_ids_are_unique_within_an_article(blocks: list[str], max_tokens: int) -> None:
    ids = [paragraph.id for paragraph in _split(blocks, max_tokens)]
    assert sorted(ids) == sorted(set(ids))


@given(_BLOCKS, _LIMITS)
def test_positions_count_from_one(blocks: list[str], max_tokens: int) -> None:
    positions = [paragraph.position for paragraph in _split(blocks, max_tokens)]
    assert positions == list(range(1, len(positions) + 1))


@given(_BLOCKS, _LIMITS)
def test_lines_made_of_paragraphs_have_every_word_in_order(blocks: list[str], max_tokens: int) -> None:
    lines = blocks_from_paragraphs(_split(blocks, max_tokens))
    assert " ".join(lines).split() == " ".join(blocks).split()


@given(_BLOCKS, st.integers(1, 20))
@settings(max_examples=50)
def test_a_run_without_white_space_is_cut_where_nothing_else_helps(blocks: list[str], max_tokens: int) -> None:
    paragraphs = split_article(_article(blocks), ParagraphLimit(max_tokens, len))
    assert all(len(paragraph.text) <= max_tokens for paragraph in paragraphs)
    assert "".join("".join(blocks_from_paragraphs(paragraphs)).split()) == "".join("".join(blocks).split())


@given(st.permutations([_prose(name) for name in ("oil", "نفط", "vote", "قصف", "bank")]), st.integers(0, 5))
def test_a_paragraph_keeps_its_id_when_others_come_go_or_move(shuffled: list[str], kept: int) -> None:
    original = {paragraph.text: paragraph.id for paragraph in _split(sorted(shuffled))}
    changed = {paragraph.text: paragraph.id for paragraph in _split([_prose("new"), *shuffled[:kept]])}
    assert {text: original[text] for text in shuffled[:kept]} == {text: changed[text] for text in shuffled[:kept]}
    assert changed[_prose("new")] not in original.values()


def test_equal_paragraphs_of_one_article_have_ids_of_their_own() -> None:
    first, second = _split([_prose("same"), _prose("same")])
    assert first.text == second.text
    assert first.id != second.id


@pytest.mark.parametrize(
    ("plain", "variant"),
    [
        # The same sentence with and without the doubling sign on its first word.
        (
            "وقع الوزير في مدينة جدة على اتفاق جديد للتعاون بين البلدين.",
            "وقَّع الوزير في مدينة جدة على اتفاق جديد للتعاون بين البلدين.",
        ),
        (_prose("oil"), _prose("oil").replace(" ", "\u00a0")),
    ],
)
def test_paragraphs_that_differ_in_spelling_only_have_ids_of_their_own(plain: str, variant: str) -> None:
    first, second = _split([plain, variant])
    assert first.id != second.id


def test_an_article_without_blocks_has_no_paragraphs() -> None:
    assert _split([]) == []


@pytest.mark.parametrize(
    "line",
    [
        "Companies given a deadline",
        "What happens next?",
        "ماذا بعد؟",  # "What comes next?" with the Arabic question mark
        "ردود الفعل",  # "Reactions"
        "«مرحلة جديدة»",  # a quoted heading, "a new phase"
        "one two three four five six seven eight nine ten eleven twelve",
        "x" * 90,
    ],
)
def test_a_short_line_without_a_closing_mark_is_a_heading(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        "Talks ended.",
        "Talks ended!",
        "He said: “Talks ended.”",
        "(The talks have ended.)",
        "The minister said:",
        "قال الوزير:",  # "The minister said:"
        "أولا،",  # "First," with the Arabic comma
        "وفي المقابل؛",  # "In return;" with the Arabic semicolon
        "«انتهت المحادثات.»",  # "The talks have ended." in guillemets
        "مذاکرات ختم ہو گئے۔",  # Urdu, closed by its own full stop
        "12.5",
        "* * *",
        "one two three four five six seven eight nine ten eleven twelve thirteen",
        "x" * 91,
    ],
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert not is_heading(line)


def test_a_heading_is_the_section_of_what_follows_until_the_next_one() -> None:
    one, two, three, four = (_prose(name) for name in ("one", "two", "three", "four"))
    assert _texts([one, "Reactions", two, three, "ماذا بعد؟", four]) == [
        (None, one),
        ("Reactions", two),
        ("Reactions", three),
        ("ماذا بعد؟", four),
    ]


def test_of_several_heading_like_lines_only_the_last_is_a_heading() -> None:
    assert _texts([_prose("opening"), "Britain", "France", "Germany", _prose("statement")]) == [
        (None, f"{_prose('opening')}\nBritain\nFrance"),
        ("Germany", _prose("statement")),
    ]


def test_a_heading_at_the_end_heads_nothing_and_is_kept_as_text() -> None:
    assert _texts([_prose("body"), "Jane Doe, Geneva"]) == [(None, f"{_prose('body')}\nJane Doe, Geneva")]


def test_an_article_of_headings_only_is_one_paragraph() -> None:
    assert _texts(["Britain", "France"]) == [(None, "Britain\nFrance")]


def test_a_short_paragraph_joins_the_one_before() -> None:
    assert _texts([_prose("before"), "He left.", _prose("after")]) == [
        (None, f"{_prose('before')}\nHe left."),
        (None, _prose("after")),
    ]


def test_a_short_first_paragraph_joins_the_one_after() -> None:
    assert _texts(["He left.", _prose("after")]) == [(None, f"He left.\n{_prose('after')}")]


def test_a_short_paragraph_joins_the_one_after_where_there_is_no_room_before() -> None:
    assert _texts([_prose("before", 13), "He left.", _prose("after", 12)], max_tokens=14) == [
        (None, _prose("before", 13)),
        (None, f"He left.\n{_prose('after', 12)}"),
    ]


def test_ten_words_are_not_short() -> None:
    assert _texts([_prose("one", 10), _prose("two", 10)]) == [(None, _prose("one", 10)), (None, _prose("two", 10))]


def test_short_paragraphs_are_not_joined_across_sections() -> None:
    assert _texts(["Rain in Rabat.", "Sport", "He won again.", "Markets", "Oil prices fell."]) == [
        (None, "Rain in Rabat."),
        ("Sport", "He won again."),
        ("Markets", "Oil prices fell."),
    ]


def test_one_or_two_words_alone_in_their_section_join_the_paragraph_before() -> None:
    body = _prose("body")
    assert _texts([body, "Sport", "He won.", "Markets", "Oil prices fell."]) == [
        (None, f"{body}\nSport\nHe won."),
        ("Markets", "Oil prices fell."),
    ]
    assert _texts(["اقرأ.", "الطقس", body]) == [(None, "اقرأ."), ("الطقس", body)]  # nothing is before it
    assert _texts([_prose("body", 12), "Sport", "He won."], max_tokens=12) == [
        (None, _prose("body", 12)),
        ("Sport", "He won."),
    ]


@pytest.mark.parametrize(
    ("text", "max_tokens", "pieces"),
    [
        ("One two three. Four five six.", 6, ["One two three. Four five six."]),
        ("One two three. Four five six.", 5, ["One two three.", "Four five six."]),
        ("He said: “It is over.” Then he left.", 6, ["He said: “It is over.”", "Then he left."]),
        # In Arabic, a question and its answer; then a quotation with its stop inside the guillemets.
        ("ماذا حدث؟ لا أحد يعلم حتى الآن.", 6, ["ماذا حدث؟", "لا أحد يعلم حتى الآن."]),
        ("قال: «انتهى الأمر.» ثم غادر المكان.", 4, ["قال: «انتهى الأمر.»", "ثم غادر المكان."]),
        # No sentence ends: Arabic comma and semicolon, then a dash, then plain words.
        ("وصل الوفد، وبدأت المحادثات؛ ثم انتهت", 3, ["وصل الوفد،", "وبدأت المحادثات؛", "ثم انتهت"]),
        ("the talks began — nobody came", 3, ["the talks began", "— nobody came"]),
        ("a b c d e f", 3, ["a b c", "d e f"]),
        ("Oil rose 3.5 percent today in London.", 4, ["Oil rose 3.5 percent", "today in London."]),
        ("", 1, [""]),
    ],
)
def test_long_text_is_split_at_the_best_break(text: str, max_tokens: int, pieces: list[str]) -> None:
    assert split_long(text, ParagraphLimit(max_tokens, _count_words)) == pieces


def test_pieces_are_about_equally_long() -> None:
    text = " ".join(_prose(f"s{n}w", 5) for n in range(22))
    assert [_count_words(piece) for piece in split_long(text, ParagraphLimit(100, _count_words))] == [65, 45]


def test_one_endless_run_is_cut_in_halves() -> None:
    assert split_long("abcdefghij", ParagraphLimit(3, len)) == ["ab", "cde", "fg", "hij"]


def test_a_single_character_over_the_limit_is_left_whole() -> None:
    assert split_long("ﷺﷺ", ParagraphLimit(1, lambda text: 4 * len(text))) == ["ﷺ", "ﷺ"]


def test_a_repeated_subheading_begins_a_section_of_its_own() -> None:
    blocks = ["Question", "Short answer one.", "Question", "Short answer two."]
    found = split_article(_article(blocks), ParagraphLimit(50, lambda text: len(text.split())))
    assert [(p.section, p.text) for p in found] == [
        ("Question", "Short answer one."),
        ("Question", "Short answer two."),
    ]


def test_an_endless_run_of_characters_is_cut_without_adding_any() -> None:
    found = split_long("x" * 301, ParagraphLimit(50, lambda text: -(-len(text) // 4)))
    assert "".join(found) == "x" * 301
    assert max(map(len, found)) <= 200


def test_key_changes_with_all_that_paragraphs_depend_on() -> None:
    key = split_key(["One.", "Two."], "en", 100)
    assert key == split_key(("One.", "Two."), "en", 100)
    others = [
        split_key(["One.", "Two"], "en", 100),
        split_key(["One. Two."], "en", 100),
        split_key(["One.", "Two."], "en", 101),
        split_key(["One.", "Two."], "ar", 100),
    ]
    assert len({key, *others}) == 5


def test_lines_made_of_paragraphs_are_the_original_lines_if_none_was_split() -> None:
    blocks = (
        "A first paragraph of more than ten words, so that it stands alone here.",
        "A heading",
        "Another paragraph of more than ten words, which stands under the heading.",
        "A third paragraph of more than ten words, which stands there as well.",
        "Short.",
    )
    paragraphs = split_article(_article(blocks), ParagraphLimit(60, lambda text: len(text.split())))
    assert blocks_from_paragraphs(paragraphs) == blocks


@pytest.mark.parametrize("run", [" ", "\u00a0", ", ", "— ", '."', "-"])
def test_a_long_run_of_one_sign_is_read_once(run: str) -> None:
    # With an expression that reads a run again from each of its places, this would take hours.
    text = f"one {run * 300_000} two"
    assert "".join("".join(split_long(text, ParagraphLimit(100_000, len))).split()) == "".join(text.split())
