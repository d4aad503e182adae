"""Spelling variants: each rule on a word that it is for, and what holds for all of them."""

import random

import pytest

from indexer.encoders.student import spelling
from indexer.encoders.student.spelling import capitalised, spelling_variant, with_article

RNG = random.Random(0)


@pytest.mark.parametrize(
    ("rule", "text", "variant"),
    [
        ("_bare_alef", "أردوغان", "اردوغان"),
        ("_bare_alef", "إسرائيل", "اسرائيل"),
        ("_bare_hamza", "مسؤول", "مسوول"),
        ("_bare_hamza", "رئيس", "رييس"),
        ("_heh", "مدرسة", "مدرسه"),
        ("_yeh", "مصطفى", "مصطفي"),
        ("_alef_maksura", "علي", "على"),
        ("_hamza_above", "إسرائيل", "أسرائيل"),
        ("_hamza_above", "النفط", "النفط"),  # the alef of the article never has a hamza
        ("_article", "نفط", "النفط"),
        ("_article", "النفط", "نفط"),
        ("_article", "الله", "الله"),  # what is left would be too short to be a word
        ("_article", "صندوق النقد الدولي", "صندوق النقد الدولي"),
        ("_lower", "Angela Merkel", "angela merkel"),
        ("_upper", "Angela Merkel", "ANGELA MERKEL"),
        ("_capitals", "oil prices", "Oil Prices"),
        ("_joined", "Al-Jazeera", "Al Jazeera"),
        ("_joined", "al jazeera", "al-jazeera"),
    ],
)
def test_rule(rule: str, text: str, variant: str) -> None:
    assert getattr(spelling, rule)(text, RNG) == variant


@pytest.mark.parametrize("rule", ["_dropped_letter", "_doubled_letter", "_swapped_letters"])
def test_typing_error_changes_one_longer_word_and_not_its_first_letter(rule: str) -> None:
    for seed in range(50):
        first, second, third = getattr(spelling, rule)("the Merkel era", random.Random(seed)).split(" ")
        assert (first, third) == ("the", "era")
        assert second[0] == "M"
        assert second != "Merkel"
        assert abs(len(second) - len("Merkel")) <= 1
    assert getattr(spelling, rule)("oil", RNG) == "oil"


def test_variant_depends_on_the_generator_alone() -> None:
    variants = {spelling_variant("أردوغان والمدرسة", "ar", random.Random(seed)) for seed in range(100)}
    assert variants == {spelling_variant("أردوغان والمدرسة", "ar", random.Random(seed)) for seed in range(100)}
    assert len(variants) > 5


def test_a_variant_is_folded_as_queries_are() -> None:
    assert spelling_variant("  مـصـر؟ ", "ar", random.Random(0)).strip() != ""
    assert "ـ" not in spelling_variant("خبـــر عاجل", "ar", random.Random(0))


def test_article_and_capitals_are_put_once() -> None:
    assert with_article(with_article("نفط")) == "النفط"
    assert capitalised("mcDonald's in oman") == "McDonald's In Oman"
