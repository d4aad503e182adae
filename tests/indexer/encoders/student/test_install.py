"""A student in a store: built with, served, swapped, refused where it does not belong."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from starlette.testclient import TestClient

from indexer.build import BuildResult, Recipe, build
from indexer.encoders import build_encoders
from indexer.encoders.student import student_folder
from indexer.encoders.student.student_folder import StudentFolder
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import EncoderMismatch, ModelError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, open_snapshot
from indexer.store.prune import prune
from indexer.store.status import read_status
from search_api.app import create_app
from search_api.settings import Settings

Builder = Callable[[str], BuildResult]

RECORDS = [
    {"id": "harbour", "text": "The harbour was closed on Sunday because of a storm off the coast.", "title": "Harbour"},
    {
        "id": "port",
        "text": "أغلقت السلطات الميناء يوم الأحد بسبب عاصفة قبالة الساحل الشرقي للبلاد.",
        "title": "إغلاق الميناء",
    },
    {"id": "museum", "text": "A museum in the capital opens its new wing to visitors next month."},
]


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def built(store: StoreLayout, tmp_path: Path, tiny_model: Path) -> Builder:
    """Return a build of three articles with the tiny model and the query encoder that is named."""
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")

    def run(query_encoder: str) -> BuildResult:
        recipe = Recipe(str(tiny_model), query_encoder=query_encoder)
        return build([source], store.root, Reporter(Console(file=io.StringIO())), recipe=recipe)

    return run


def test_a_store_with_a_student_is_built_without_an_export_and_served(
    built: Builder, store: StoreLayout, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise AssertionError("a model is exported")

    monkeypatch.setattr("indexer.encoders.export.write_query_encoder", fail)
    manifest = built(str(student)).manifest
    trained = StudentFolder(student).read_manifest()
    assert manifest.query_encoder == trained.spec
    assert manifest.encoder.fingerprint == trained.student.passage_fingerprint
    assert [path.name for path in store.encoders.iterdir()] == [trained.spec.fingerprint]
    check_version(store, manifest.version)
    with open_snapshot(store.root) as snapshot:
        assert snapshot.neutral.keep_short_queries
    assert "newsroom" in "\n".join(read_status(store).lines())
    with TestClient(create_app(Settings(store=store.root))) as client:
        assert len(client.get("/v1/search", params={"q": "harbour"}).json()["hits"]) == 3
        encoder = client.get("/v1/index").json()["encoder"]
    assert encoder["name"] == "tiny"
    assert encoder["student"] == {
        "name": "newsroom",
        "fingerprint": trained.spec.fingerprint,
        "layers": 1,
        "recall": trained.student.recall,
    }


@pytest.mark.slow
def test_what_is_installed_encodes_as_the_student_did(
    built: Builder, store: StoreLayout, student: Path, trained: Callable[..., Path], tmp_path: Path
) -> None:
    other = trained(tmp_path / "other", steps=60)
    vectors = []
    for folder in (student, other, student):
        built(str(folder))
        with open_snapshot(store.root) as snapshot:
            vectors.append(snapshot.encoders.queries.encode_queries(["storm", "عاصفة"]))
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1], atol=1e-3)


def test_another_query_encoder_embeds_no_paragraph_again_and_loads_no_model(
    built: Builder, store: StoreLayout, student: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built("none")

    def fail(*_arguments: object) -> None:
        raise AssertionError("a model is loaded")

    monkeypatch.setattr(build_encoders.LazyPassageEncoder, "load", fail)
    changed = built(str(student))
    assert changed.report.embedded == 0
    back = built("none")
    assert back.report.embedded == 0
    assert back.manifest.files == before.manifest.files
    assert back.manifest.query_encoder is None
    assert changed.manifest.files["corpus.sqlite"] == before.manifest.files["corpus.sqlite"]


def test_with_another_model_the_default_is_the_model_itself(built: Builder) -> None:
    assert built("bundled").manifest.query_encoder is None


def test_a_student_of_another_model_is_refused_before_anything_is_read(
    built: Builder, store: StoreLayout, student: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(student, tmp_path / "foreign")
    content = json.loads((folder / "student.json").read_text(encoding="utf-8"))
    content["student"]["passage_fingerprint"] = "0" * 16
    (folder / "student.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelError, match=r"was trained for tiny \(0{16}\), not for tiny \(.*--query-encoder none"):
        built(str(folder))
    assert not list(store.versions.iterdir())


def test_a_damaged_student_is_refused(built: Builder, student: Path, tmp_path: Path) -> None:
    folder = StudentFolder(shutil.copytree(student, tmp_path / "damaged"))
    folder.onnx.write_bytes(folder.onnx.read_bytes()[:-1])
    with pytest.raises(ModelError, match="is damaged: train it again"):
        built(str(folder.root))
    with pytest.raises(ModelError, match="holds no query encoder"):
        built(str(tmp_path / "absent"))


def test_a_student_of_a_later_format_is_refused(built: Builder, student: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(student, tmp_path / "later")
    content = json.loads((folder / "student.json").read_text(encoding="utf-8"))
    (folder / "student.json").write_text(json.dumps(content | {"format_version": 2}), encoding="utf-8")
    with pytest.raises(ModelError, match="has format 2, this khabar reads 1"):
        built(str(folder))


def test_a_version_opens_with_its_own_query_encoder_only(built: Builder, store: StoreLayout, student: Path) -> None:
    spec = built(str(student)).manifest.query_encoder
    version = built("none").manifest
    assert spec is not None
    shutil.rmtree(store.encoder(version.encoder.fingerprint).root)
    shutil.copytree(store.encoder(spec.fingerprint).root, store.encoder(version.encoder.fingerprint).root)
    with pytest.raises(EncoderMismatch, match="was built with query encoder tiny"):
        check_version(store, version.version)


def test_pruning_keeps_what_remaining_versions_need(built: Builder, store: StoreLayout, student: Path) -> None:
    built("none")
    spec = built(str(student)).manifest.query_encoder
    result = prune(store, keep=1)
    assert spec is not None
    assert [path.name for path in store.encoders.iterdir()] == [spec.fingerprint]
    assert len(result.encoders) == 1
    assert built(str(student)).report.embedded == 0


def test_a_change_of_how_students_serve_is_another_encoder(student: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = StudentFolder(student)
    before = folder.read_manifest()
    assert json.loads(folder.manifest.read_bytes())["spec"]["fingerprint"] == before.spec.fingerprint
    monkeypatch.setattr(student_folder, "SERVING_REVISION", "next")
    after = folder.read_manifest()
    assert after.spec.fingerprint != before.spec.fingerprint
    assert after.files == before.files
