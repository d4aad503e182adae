"""Validation errors as one line."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from indexer.snapshot.text.validation import first_problem


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str


class Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: str = "en"
    published_from: str | None = None
    k: int = 10
    like: Inner | None = None
    tags: list[int] = []


def problem_with(content: dict[str, Any], model: type[BaseModel] | None = Fields) -> tuple[str, str]:
    with pytest.raises(ValidationError) as raised:
        Fields.model_validate(content)
    return first_problem(raised.value, model)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("lang", "language"),
        ("langauge", "language"),
        ("Language", "language"),
        ("publishedFrom", "published_from"),
        ("from", "published_from"),
        ("limit", "k"),
        ("top_k", "k"),
    ],
)
def test_a_field_that_is_nearly_known_is_named(name: str, meant: str) -> None:
    assert problem_with({name: "x"}) == (name, f"is not known; did you mean {meant}?")


@pytest.mark.parametrize("name", ["zebra", "query", "to", "قمر", "", "language" * 1_000])
def test_a_field_that_is_like_no_other_is_not_known(name: str) -> None:
    """`query` and `to` are well known, but not here."""
    assert problem_with({name: "x"}) == (name, "is not known")


def test_fields_within_a_field_are_those_of_its_model() -> None:
    assert problem_with({"like": {"text": "x", "txet": ""}}) == ("like.txet", "is not known; did you mean text?")
    assert problem_with({"like": {"text": "x", "lang": ""}}) == ("like.lang", "is not known")


def test_other_messages_are_those_of_pydantic_without_its_prefix() -> None:
    assert problem_with({"k": "ten"})[1].startswith("input should be a valid integer")
    assert problem_with({"tags": ["x"]})[0] == "tags.0"
    assert problem_with({"lang": "x"}, None) == ("lang", "is not known")
