"""The lock of a store, and staging folders."""

import multiprocessing
from pathlib import Path

import pytest

from indexer.snapshot.errors import StoreError, StoreLocked
from indexer.snapshot.layout import StoreLayout
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


def lock_in_other_process(root: Path) -> str:
    spawn = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = spawn.Queue()
    process = spawn.Process(target=try_to_lock, args=(root, answers))
    process.start()
    answer = answers.get(timeout=60)
    process.join()
    return answer


def test_the_lock_keeps_other_processes_out_while_it_is_held(store: StoreLayout) -> None:
    with build_lock(store):
        assert lock_in_other_process(store.root) == "refused"
    assert lock_in_other_process(store.root) == "locked"


def test_a_store_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"), build_lock(StoreLayout(tmp_path / "file" / "store")):
        pass


def test_the_staging_folder_is_gone_after_success_and_failure(store: StoreLayout) -> None:
    with staging_folder(store) as folder:
        (folder / "half-done").write_text("x", encoding="utf-8")
    assert not folder.exists()
    with pytest.raises(RuntimeError), staging_folder(store) as folder:
        raise RuntimeError
    assert not folder.exists()


def test_staging_removes_the_folders_of_killed_builds(store: StoreLayout) -> None:
    left = store.root / ".staging-old"
    left.mkdir()
    (left / "corpus.sqlite").touch()
    with staging_folder(store):
        assert not left.exists()
