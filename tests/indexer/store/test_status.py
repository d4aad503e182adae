"""The status of a store: what `khabar index status` prints."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.snapshot.errors import StoreNotFound
from indexer.snapshot.format.manifest import Agreement, StudentRecord
from indexer.snapshot.index.record import FilteredSearch, IndexMeasurement, IndexRecord
from indexer.snapshot.layout import StoreLayout
from indexer.store.status import read_status
from indexer.store.takedown import record_takedowns
from tests.conftest import ARTICLES, ROOT
from tests.fakes import publish_fake_store


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of two versions."""
    publish_fake_store(tmp_path / "store", ARTICLES[:2], version="v1")
    publish_fake_store(tmp_path / "store", ARTICLES, version="v2")
    return StoreLayout(tmp_path / "store")


def test_json_has_the_keys_that_monitoring_reads(store: StoreLayout) -> None:
    filtered, curve = FilteredSearch(0.5, 16), IndexMeasurement("hnsw-sq8", 32, 0.99, 0.1, 500.0)
    graph = IndexRecord("hnsw-sq8", 48, 32, (filtered,), 10, 0.99, 100, (curve,))
    opened = read_status(store)
    current = replace(opened.current, index={"ar": graph})
    status = json.loads(json.dumps(replace(opened, current=current).as_json()))
    assert list(status) == ["store", "current", "encoder", "age_s", "versions", "taken_down", "rejected"]
    keys = ["format_version", "version", "created_at", "encoder", "counts", "index", "calibration", "build"]
    keys += ["query_encoder", "takedowns", "shards"]
    assert list(status["current"]) == keys
    record = status["current"]["index"]["ar"]
    keys = ["kind", "candidates", "effort", "filtered", "exact_up_to", "recall_at_10", "recall_queries", "curve"]
    assert list(record) == keys
    assert list(record["filtered"][0]) == ["share", "effort"]
    assert list(record["curve"][0]) == ["kind", "effort", "recall_at_10", "ms_per_query", "bytes_per_vector"]
    assert list(status["current"]["calibration"]["default"]) == ["mean", "spread", "level"]
    assert list(status["encoder"]) == ["format_version", "spec", "backend", "agreement", "fallback_reason", "student"]


def test_json_has_the_content_of_the_manifest_files_without_checksums(store: StoreLayout) -> None:
    status = read_status(store)
    for part, path in (
        ("current", store.version("v2").manifest),
        ("encoder", store.encoder(status.current.encoder.fingerprint).manifest),
    ):
        content = json.loads(path.read_text(encoding="utf-8"))
        del content["files"], content["sha256"]
        assert status.as_json()[part] == content


def test_a_trained_query_encoder_is_described_in_words_that_say_where_they_are_explained(store: StoreLayout) -> None:
    status = read_status(store)
    encoder = replace(
        status.encoder,
        backend="onnx-int8",
        agreement=Agreement(0.9, 0.9991, 100),
        student=StudentRecord("f" * 12, (0, 1, 10, 11), 0.742, 100),
    )
    (line,) = [one for one in replace(status, encoder=encoder).lines() if one.startswith("queries")]
    assert "4 layers, with 74% of the model's first ten passages among its own (docs/models.md says" in line
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert "`khabar index status` says how many of the first ten passages" in page


def test_versions_takedowns_and_a_newer_rejected_version_are_named(store: StoreLayout) -> None:
    status = read_status(store)
    assert (status.versions, status.taken_down, status.rejected) == (("v1", "v2"), 0, None)
    record_takedowns(store, ["en-moon", "ar-quake"], "takedown", "")
    record_takedowns(store, ["en-moon"], "undo", "")
    (store.rejected / "v3").mkdir(parents=True)
    status = read_status(store)
    assert (status.taken_down, status.rejected) == (1, "v3")
    assert "taken down 1 article" in status.lines()
    assert "rejected   v3 (newer): see rejected/reasons.txt" in status.lines()


def test_an_older_rejected_version_is_not_named(store: StoreLayout) -> None:
    (store.rejected / "v0").mkdir(parents=True)
    assert read_status(store).rejected is None


def test_an_empty_folder_has_no_status(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound, match="no published index"):
        read_status(StoreLayout(tmp_path))
