import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from indexer.encoders import models
from indexer.encoders.models import Prompts, check_safe, find_model
from indexer.snapshot.errors import ModelError

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]


def _model(folder: Path, *, modules: Any = _MODULES, weights: str = "model.safetensors") -> Path:
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / weights).write_bytes(b"weights")
    return folder


def test_a_folder_is_found_with_its_name_prompts_and_fingerprint(tmp_path: Path) -> None:
    folder = _model(tmp_path / "my-e5-small")
    source = find_model(str(folder))
    assert (source.name, source.folder) == ("my-e5-small", folder)
    assert source.prompts == Prompts("query: ", "passage: ")
    assert re.fullmatch("[0-9a-f]{16}", source.fingerprint)


def test_a_relative_folder_is_found_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _model(tmp_path / "models" / "labse")
    monkeypatch.chdir(tmp_path)
    assert find_model("models/labse").folder == folder
    assert find_model("./models/labse/").name == "labse"


def test_the_name_that_a_folder_records_comes_first(tmp_path: Path) -> None:
    folder = _model(tmp_path / "abc123")
    (folder / "khabar.json").write_text('{"name": "intfloat/multilingual-e5-small"}', encoding="utf-8")
    source = find_model(str(folder))
    assert (source.name, source.prompts.query) == ("intfloat/multilingual-e5-small", "query: ")


def test_without_a_name_the_default_model_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _model(tmp_path / "multilingual-e5-small-0123")
    monkeypatch.setattr(models, "default_model_folder", lambda: folder)
    source = find_model(None)
    assert (source.folder, source.name) == (folder, "multilingual-e5-small-0123")


def _same(_: Path) -> None:
    pass


def _other_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"other")


def _other_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"a": 1}', encoding="utf-8")


def _other_pooling(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', encoding="utf-8")


def _vocabulary(folder: Path) -> None:
    (folder / "vocab.txt").write_text("خبر\n", encoding="utf-8")


def _read_me(folder: Path) -> None:
    (folder / "README.md").write_text("A model.", encoding="utf-8")


def _hidden(folder: Path) -> None:
    (folder / ".cache").mkdir()
    (folder / ".cache" / "state.json").write_text("{}", encoding="utf-8")


def _other_runtime(folder: Path) -> None:
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (_same, False),
        (_read_me, False),
        (_hidden, False),
        (_other_runtime, False),
        (_other_weights, True),
        (_other_tokenizer, True),
        (_other_pooling, True),
        (_vocabulary, True),
    ],
)
def test_the_fingerprint_changes_with_files_that_shape_vectors(
    tmp_path: Path, change: Callable[[Path], None], differs: bool
) -> None:
    here, there = _model(tmp_path / "here" / "e5-small"), _model(tmp_path / ".there" / "e5-small-moved")
    change(there)
    assert (find_model(str(here)).fingerprint != find_model(str(there)).fingerprint) is differs


def test_the_fingerprint_changes_with_prompts_and_normalisation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(_model(tmp_path / "e5-small"))
    prints = [
        find_model(name).fingerprint,
        find_model(name, query_prompt="find: ").fingerprint,
        find_model(name, passage_prompt="find: ").fingerprint,
        find_model(name, query_prompt="query: passage: ", passage_prompt="").fingerprint,
    ]
    monkeypatch.setattr(models, "NORMALISATION_REVISION", "next")
    prints.append(find_model(name).fingerprint)
    assert len(set(prints)) == 5


@pytest.mark.parametrize("name", ["/nowhere/model", "./nowhere", "../nowhere", "some/folder/nowhere"])
def test_a_path_to_nothing_is_never_looked_up_in_the_hub(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", _no_hub)
    with pytest.raises(ModelError) as caught:
        find_model(name)
    assert str(caught.value) == f"no model folder at {name}"


def _no_hub(*_: object, **__: object) -> str:
    raise AssertionError("the hub was asked")


@dataclass
class _Hub:
    """Gives a folder for any name, and remembers what was asked for."""

    folder: Path
    name: str = ""
    allow_patterns: tuple[str, ...] = ()
    ignore_patterns: tuple[str, ...] = ()

    def __call__(self, name: str, *, allow_patterns: list[str], ignore_patterns: list[str]) -> str:
        self.name, self.allow_patterns, self.ignore_patterns = name, tuple(allow_patterns), tuple(ignore_patterns)
        return str(self.folder)

    def fetches(self, file: str) -> bool:
        allowed = any(fnmatch(file, pattern) for pattern in self.allow_patterns)
        return allowed and not any(fnmatch(file, pattern) for pattern in self.ignore_patterns)


def test_a_model_of_the_hub_keeps_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = _Hub(_model(tmp_path / "0a1b2c"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    source = find_model("intfloat/multilingual-e5-base")
    assert hub.name == source.name == "intfloat/multilingual-e5-base"
    assert source.prompts == Prompts("query: ", "passage: ")


@pytest.mark.parametrize(
    ("file", "fetched"),
    [
        ("modules.json", True),
        ("1_Pooling/config.json", True),
        ("model.safetensors", True),
        ("2_Dense/model.safetensors", True),
        ("vocab.txt", True),
        ("sentencepiece.bpe.model", True),
        ("pytorch_model.bin", False),
        ("2_Dense/pytorch_model.bin", False),
        ("training_args.pt", False),
        ("model.pth", False),
        ("weights.pkl", False),
        ("weights.pickle", False),
        ("last.ckpt", False),
        ("modeling_custom.py", False),
        ("onnx/model.onnx", False),
        ("onnx/config.json", False),
        ("openvino/openvino_model.json", False),
    ],
)
def test_of_the_hub_only_harmless_files_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, fetched: bool
) -> None:
    hub = _Hub(_model(tmp_path / "labse"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", hub)
    find_model("sentence-transformers/LaBSE")
    assert hub.fetches(file) is fetched


@pytest.mark.parametrize("error", [OSError("no route to host\nmore"), ValueError("bad name\nmore"), TimeoutError()])
def test_a_hub_that_fails_is_told_on_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> str:
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(ModelError) as caught:
        find_model("org/name")
    reason = str(error).partition("\n")[0]
    assert str(caught.value).startswith("model org/name is not a local folder and cannot be fetched from the hub: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("modules", [None, [], {}, "text"])
def test_a_folder_without_modules_is_no_model(tmp_path: Path, modules: Any) -> None:
    with pytest.raises(ModelError, match=r"is not a sentence-transformers model: it has no modules\.json"):
        check_safe(_model(tmp_path / "m", modules=modules))


@pytest.mark.parametrize(
    "module",
    [
        {"type": "custom_st.Transformer"},
        {"type": "sentence_transformers_evil.Transformer"},
        {"type": None},
        {},
        "sentence_transformers.models.Transformer",
        None,
    ],
)
def test_a_module_from_elsewhere_is_refused(tmp_path: Path, module: Any) -> None:
    with pytest.raises(ModelError):
        check_safe(_model(tmp_path / "m", modules=[*_MODULES, module]))


def test_the_refusal_of_a_module_names_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"needs its own code \(custom_st\.Transformer\), which khabar never runs"):
        check_safe(_model(tmp_path / "m", modules=[{"type": "custom_st.Transformer"}]))


def test_an_unreadable_description_is_told_with_its_path(tmp_path: Path) -> None:
    folder = _model(tmp_path / "m")
    (folder / "modules.json").write_bytes(b"\xff{")
    with pytest.raises(ModelError, match=r"m/modules\.json cannot be read"):
        find_model(str(folder))


def test_pickled_weights_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no safetensors weights; convert the model"):
        check_safe(_model(tmp_path / "m", weights="pytorch_model.bin"))


@pytest.mark.parametrize("file", ["pytorch_model.bin", "w.pt", "w.pth", "w.pkl", "w.pickle", "w.ckpt"])
def test_a_part_with_pickled_weights_is_refused_by_path(tmp_path: Path, file: str) -> None:
    folder = _model(tmp_path / "m")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / file).touch()
    with pytest.raises(ModelError, match=f"m/2_Dense/{file} holds pickled weights, which khabar never loads"):
        check_safe(folder)


def test_pickled_weights_beside_safetensors_do_no_harm(tmp_path: Path) -> None:
    folder = _model(tmp_path / "m")
    (folder / "pytorch_model.bin").touch()
    (folder / "training_args.bin").touch()
    check_safe(folder)
