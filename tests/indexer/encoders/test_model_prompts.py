import json
from pathlib import Path
from typing import Any

import pytest

from indexer.encoders.models import FAMILY_PROMPTS, Prompts, find_prompts
from indexer.snapshot.errors import ModelError

_E5 = Prompts("query: ", "passage: ")
_NONE = Prompts("", "")
_REFUSED = "khabar does not know which prompts .* was trained with: .* --query-prompt and --passage-prompt"


def _configured(folder: Path, prompts: Any) -> Path:
    path = folder / "config_sentence_transformers.json"
    path.write_text(json.dumps({"prompts": prompts}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-small", _E5),
        ("intfloat/multilingual-e5-large", _E5),
        ("intfloat/e5-base-v2", _E5),
        ("Multilingual-E5-Base-finetuned", _E5),
        ("BAAI/bge-m3", _NONE),
        ("sentence-transformers/LaBSE", _NONE),
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", _NONE),
        ("sentence-transformers/distiluse-base-multilingual-cased-v2", _NONE),
        ("Alibaba-NLP/gte-multilingual-base", _NONE),
    ],
)
def test_a_known_family_has_its_prompts(tmp_path: Path, name: str, prompts: Prompts) -> None:
    assert find_prompts(tmp_path, name, None, None) == prompts


@pytest.mark.parametrize(
    "name", ["some/model", "intfloat/multilingual-e5-large-instruct", "e5-mistral-7b-Instruct", ""]
)
def test_an_unknown_or_instructed_model_is_refused_without_prompts(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=_REFUSED):
        find_prompts(tmp_path, name, None, None)


@pytest.mark.parametrize(
    ("query", "passage", "expected"),
    [
        ("search: ", "text: ", Prompts("search: ", "text: ")),
        ("search: ", None, Prompts("search: ", "")),
        (None, "text: ", Prompts("", "text: ")),
        ("", "", _NONE),
        ("", None, _NONE),
    ],
)
def test_given_prompts_suffice_for_an_unknown_model(
    tmp_path: Path, query: str | None, passage: str | None, expected: Prompts
) -> None:
    assert find_prompts(tmp_path, "some/model", query, passage) == expected


@pytest.mark.parametrize(
    ("query", "passage", "expected"),
    [
        ("search: ", None, Prompts("search: ", "passage: ")),
        (None, "", Prompts("query: ", "")),
        ("", "", _NONE),
    ],
)
def test_given_prompts_override_known_ones_one_by_one(
    tmp_path: Path, query: str | None, passage: str | None, expected: Prompts
) -> None:
    assert find_prompts(tmp_path, "e5-small", query, passage) == expected


@pytest.mark.parametrize(
    ("configured", "expected"),
    [
        ({"query": "q: ", "passage": "p: "}, Prompts("q: ", "p: ")),
        ({"query": "q: ", "document": "d: "}, Prompts("q: ", "d: ")),
        ({"query": "q: ", "corpus": "c: "}, Prompts("q: ", "c: ")),
        ({"query": "q: ", "document": "", "passage": "p: "}, Prompts("q: ", "p: ")),
        ({"query": "Instruct: find news\nQuery: "}, Prompts("Instruct: find news\nQuery: ", "")),
        ({"passage": "p: ", "query": None}, Prompts("", "p: ")),
    ],
)
def test_a_configuration_comes_before_the_family(tmp_path: Path, configured: Any, expected: Prompts) -> None:
    assert find_prompts(_configured(tmp_path, configured), "e5-small", None, None) == expected


@pytest.mark.parametrize("configured", [{}, None, {"query": "", "document": ""}, {"query": None}, "text", []])
def test_empty_prompts_in_a_configuration_say_nothing(tmp_path: Path, configured: Any) -> None:
    folder = _configured(tmp_path, configured)
    assert find_prompts(folder, "e5-small", None, None) == _E5
    with pytest.raises(ModelError, match=_REFUSED):
        find_prompts(folder, "some/model", None, None)


@pytest.mark.parametrize("configured", [{"s2p_query": "Instruct: …"}, {"STS": "Compare: ", "query": ""}])
def test_prompts_for_other_tasks_only_say_nothing(tmp_path: Path, configured: Any) -> None:
    with pytest.raises(ModelError, match=_REFUSED):
        find_prompts(_configured(tmp_path, configured), "some/model", None, None)


@pytest.mark.parametrize("configured", [{"query": 5}, {"query": "q: ", "passage": ["p: "]}])
def test_prompts_that_are_no_text_are_an_error(tmp_path: Path, configured: Any) -> None:
    with pytest.raises(ModelError):
        find_prompts(_configured(tmp_path, configured), "e5-small", None, None)


def test_given_prompts_override_configured_ones(tmp_path: Path) -> None:
    folder = _configured(tmp_path, {"query": "q: ", "passage": "p: "})
    assert find_prompts(folder, "some/model", "mine: ", None) == Prompts("mine: ", "p: ")


def test_a_configuration_that_is_no_json_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "config_sentence_transformers.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match=r"config_sentence_transformers\.json cannot be read"):
        find_prompts(tmp_path, "e5-small", None, None)


def test_names_of_families_are_in_lower_case() -> None:
    assert [name for name in FAMILY_PROMPTS if name != name.lower()] == []
