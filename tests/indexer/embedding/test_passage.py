import pytest

from indexer.articles.split import TokenCounter
from indexer.embedding.passage import Context, EncoderDescription, TokenBudget
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.errors import ModelError
from tests.fakes import SPEC

BUDGET = TokenBudget(title=96, section=32, text=384)
BOTH = Context.TITLE_AND_SECTION


def _count_words(text: str) -> int:
    return len(text.split())


def described(count_tokens: TokenCounter) -> EncoderDescription:
    return EncoderDescription(SPEC, BUDGET, count_tokens, "cpu", "fp32")


def _words(name: str, n: int) -> str:
    return " ".join(f"{name}{number:03}" for number in range(n))


@pytest.mark.parametrize(
    ("title", "section", "expected"),
    [
        ("زلزال في المغرب", "بعد الكارثة", "زلزال في المغرب\nبعد الكارثة\nHelp came late."),
        ("Earthquake", None, "Earthquake\nHelp came late."),
        (None, "Aftermath", "Aftermath\nHelp came late."),
        ("", "", "Help came late."),
        (None, None, "Help came late."),
    ],
)
def test_title_and_section_stand_on_lines_of_their_own(title: str | None, section: str | None, expected: str) -> None:
    assert described(_count_words).passage_text(Passage(title, section, "Help came late."), BOTH) == expected


def test_a_long_title_is_cut_to_its_budget_and_the_text_never() -> None:
    text = described(_count_words).passage_text(Passage(_words("t", 200), _words("s", 200), _words("p", 600)), BOTH)
    assert text == f"{_words('t', 96)}\n{_words('s', 32)}\n{_words('p', 600)}"


def test_a_title_that_just_fits_is_left_alone() -> None:
    assert (
        described(_count_words).passage_text(Passage(_words("t", 96), None, "Text."), BOTH)
        == f"{_words('t', 96)}\nText."
    )


def test_a_title_of_one_endless_word_is_left_out() -> None:
    assert described(len).passage_text(Passage("x" * 500, None, "Text."), BOTH) == "Text."


def test_a_title_is_cut_where_a_character_takes_several_tokens() -> None:
    # Byte-level tokenizers: "خبر" (news) is three letters, up to six tokens.
    title = " ".join(["خبر"] * 20)
    passage = described(lambda text: len(text.encode())).passage_text(Passage(title, None, "Text."), BOTH)
    assert passage == " ".join(["خبر"] * 13) + "\nText."


@pytest.mark.parametrize(
    ("tokens", "budget"), [(508, TokenBudget(95, 31, 382)), (128, TokenBudget(24, 8, 96)), (32, TokenBudget(6, 2, 24))]
)
def test_a_quarter_of_the_tokens_is_for_title_and_section(tokens: int, budget: TokenBudget) -> None:
    assert TokenBudget.divide(tokens) == budget


def test_models_that_read_next_to_nothing_are_refused() -> None:
    with pytest.raises(ModelError, match="reads 31 tokens"):
        TokenBudget.divide(31)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (Context.TITLE_AND_SECTION, "Title\nSection\nText."),
        (Context.TITLE, "Title\nText."),
        (Context.NONE, "Text."),
    ],
)
def test_context_says_what_is_read_before(context: Context, expected: str) -> None:
    assert described(_count_words).passage_text(Passage("Title", "Section", "Text."), context) == expected
