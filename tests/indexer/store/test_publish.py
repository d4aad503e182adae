"""Changing a store: lock, staging, rename, swap."""

import multiprocessing
from pathlib import Path

import pytest

from indexer.snapshot.errors import BuildError, StoreError, StoreLocked
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.publish import install_version, publish
from indexer.store.staging import build_lock, staging_folder


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    layout = StoreLayout(tmp_path / "store")
    with build_lock(layout):
        pass
    return layout


def try_to_lock(root: Path, answers: "multiprocessing.Queue[str]") -> None:
    try:
        with build_lock(StoreLayout(root)):
            answers.put("locked")
    except StoreLocked:
        answers.put("refused")


def ask_other_process(root: Path) -> str:
    spawn = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = spawn.Queue()
    process = spawn.Process(target=try_to_lock, args=(root, answers))
    process.start()
    answer = answers.get(timeout=60)
    process.join()
    return answer


def test_lock_keeps_other_processes_out_while_it_is_held(store: StoreLayout) -> None:
    with build_lock(store):
        assert ask_other_process(store.root) == "refused"
    assert ask_other_process(store.root) == "locked"


def test_store_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"), build_lock(StoreLayout(tmp_path / "file" / "store")):
        pass


def test_staging_is_gone_after_success_and_failure(store: StoreLayout) -> None:
    with staging_folder(store) as folder:
        (folder / "half-done").write_text("x", encoding="utf-8")
    assert not folder.exists()
    with pytest.raises(RuntimeError), staging_folder(store) as folder:
        raise RuntimeError
    assert not folder.exists()


def test_staging_removes_what_killed_builds_left(store: StoreLayout) -> None:
    left = store.root / ".staging-old"
    left.mkdir()
    (left / "corpus.sqlite").touch()
    with staging_folder(store):
        assert not left.exists()


def test_version_is_installed_then_published(store: StoreLayout) -> None:
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
    assert {path.name for path in store.root.iterdir()} == {"CURRENT", "build.lock", "encoders", "versions"}


def test_version_is_never_replaced(store: StoreLayout) -> None:
    store.version("v1").root.mkdir()
    with staging_folder(store) as folder, pytest.raises(BuildError, match="v1 exists already"):
        install_version(store, folder, "v1")
