"""The forms in which a query's word is looked for."""

import pytest

from indexer.snapshot.text.word_forms import attached_forms, word_forms
from indexer.snapshot.text.words import folded_words


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("مصر", "مصر بمصر ومصر لمصر وبمصر كمصر فمصر ولمصر"),
        ("العراق", "العراق عراق والعراق بالعراق للعراق وبالعراق"),
        ("عراق", "العراق وبالعراق"),
        ("والسودان", "السودان والسودان بالسودان"),
        ("للجنة", "اللجنة لجنة للجنة"),
        ("وليبيا", "ليبيا بليبيا"),
        ("earthquake", "earthquake earthquakes"),
        ("Earthquakes", "earthquake"),
        ("countries", "country countries"),
        ("house", "houses"),
        ("houses", "house"),
        ("buses", "bus"),
        ("church", "churches"),
    ],
)
def test_forms_of_one_word_are_found(typed: str, written: str) -> None:
    (word,) = folded_words(typed)
    assert set(folded_words(written)) <= set(word_forms(word))


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("الم", "م"),  # pain, not an article and a letter
        ("وزارة", "زارة"),  # a ministry
        ("بنك", "نك"),  # a bank: its first letter is no preposition
        ("كتاب", "تاب"),
        ("news", "new"),
        ("virus", "viru"),
        ("crisis", "crisi"),
        ("us", "u"),
    ],
)
def test_other_words_are_not_taken_for_forms(typed: str, other: str) -> None:
    (word,), (stranger,) = folded_words(typed), folded_words(other)
    assert stranger not in word_forms(word)


def test_a_word_is_its_own_first_form_and_each_form_occurs_once() -> None:
    for word in ("مصر", "العراق", "للجنه", "houses", "2023", "中国", "a"):
        forms = word_forms(word)
        assert forms[0] == word
        assert len(set(forms)) == len(forms)


def test_only_what_is_written_together_may_stand_before_a_phrase() -> None:
    assert {"رييس", "لرييس", "والرييس"} <= set(attached_forms("رييس"))
    assert attached_forms("houses") == ("houses",)
