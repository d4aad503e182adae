"""Installing encoders and versions, rejecting a version, publishing one."""

from pathlib import Path

import pytest

from indexer.snapshot.errors import BuildError
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.publish import install_encoder, install_version, publish, reject_version
from indexer.store.staging import build_lock, staging_folder


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    layout = StoreLayout(tmp_path / "store")
    with build_lock(layout):
        pass
    return layout


def test_a_version_is_installed_then_published(store: StoreLayout) -> None:
    with staging_folder(store) as folder:
        staged = folder / "version"
        staged.mkdir()
        (staged / "manifest.json").write_text("{}", encoding="utf-8")
        install_version(store, staged, "v1")
    assert store.version("v1").manifest.read_text(encoding="utf-8") == "{}"
    assert not store.current.exists()
    publish(store, "v1")
    assert current_version(store) == "v1"
    publish(store, "v2")
    assert store.current.read_text(encoding="utf-8") == "v2\n"
    assert {path.name for path in store.root.iterdir()} == {
        "CURRENT",
        "build.lock",
        "encoders",
        "takedowns.applied",
        "versions",
    }


def test_a_version_is_never_replaced(store: StoreLayout) -> None:
    store.version("v1").root.mkdir()
    with staging_folder(store) as folder, pytest.raises(BuildError, match="v1 exists already"):
        install_version(store, folder, "v1")


def stage_encoder(folder: Path, content: str) -> Path:
    staged = folder / "encoder"
    staged.mkdir()
    (staged / "encoder.json").write_text(content, encoding="utf-8")
    return staged


def test_an_installed_encoder_replaces_the_one_that_is_there(store: StoreLayout) -> None:
    for content in ("old", "new"):
        with staging_folder(store) as folder:
            layout = install_encoder(store, stage_encoder(folder, content), "fingerprint")
        assert layout.manifest.read_text(encoding="utf-8") == content
    assert [path.name for path in store.encoders.iterdir()] == ["fingerprint"]
    assert {path.name for path in store.root.iterdir()} == {"build.lock", "encoders", "takedowns.applied", "versions"}


def test_only_the_last_rejected_version_is_kept_with_its_reasons(store: StoreLayout) -> None:
    for version in ("v1", "v2"):
        with staging_folder(store) as folder:
            (folder / "version").mkdir()
            path = reject_version(store, folder / "version", version, [f"{version} is small", "recall is low"])
        assert path.is_dir()
    assert {path.name for path in store.rejected.iterdir()} == {"v2", "reasons.txt"}
    assert (store.rejected / "reasons.txt").read_text(encoding="utf-8") == "v2 is small\nrecall is low\n"
