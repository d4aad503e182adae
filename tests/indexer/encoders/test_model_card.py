"""Languages that a model was trained on, as its card lists them."""

from pathlib import Path

import pytest

from indexer.encoders.model_card import MODEL_CARD, known_languages
from indexer.encoders.model_folder import LANGUAGES
from indexer.snapshot.text.language import canonical_language


def card(folder: Path, content: str) -> Path:
    (folder / MODEL_CARD).write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("front_matter", "known"),
    [
        ("language: [multilingual, en, ar, no, zh]", {"en", "ar", "no", "zh"}),
        ("language:\n- en\n- arb", {"en", "ar"}),
        ("language: en", {"en"}),
        ("language: multilingual", None),
        ("license: mit", None),
    ],
)
def test_the_languages_of_a_card(tmp_path: Path, front_matter: str, known: set[str] | None) -> None:
    assert known_languages(card(tmp_path, f"---\n{front_matter}\n---\n# A model\n")) == known


def test_a_model_without_a_card_says_nothing(tmp_path: Path) -> None:
    assert known_languages(tmp_path) is None
    assert known_languages(card(tmp_path, "# A model without front matter\n")) is None


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"---\nlanguage: [en\n---\n", b"---\n- en\n---\n", b"---\nlanguage: {a: b}\n---\n"]
)
def test_a_card_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MODEL_CARD).write_bytes(content)
    assert known_languages(tmp_path) is None


def test_the_default_model_knows_both_languages_of_the_project() -> None:
    known = {canonical_language(tag) for tag in LANGUAGES.split()}
    assert {"en", "ar", "fr"} <= known
    assert "tlh" not in known
