"""Copies of one shard: what is brought, checked, kept and removed."""

from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.store.remote.push import push_store
from indexer.store.remote.remote_store import RemoteStore
from indexer.store.remote.shard_copies import ShardCopies
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

URL = "memory://bucket/store"


@pytest.fixture
def divided(tmp_path: Path, place: RemoteStore) -> StoreLayout:
    """Return a store with versions in two shards, which is at the address too."""
    store = StoreLayout(tmp_path / "divided")
    for version in ("v1", "v2"):
        publish_fake_store(store.root, ARTICLES, version=version, n_shards=2)
        push_store(store, place)
    return store


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_a_copy_has_the_manifest_and_the_shard_and_nothing_else(divided: StoreLayout, tmp_path: Path) -> None:
    copies = ShardCopies(URL, tmp_path / "copies", 1)
    assert copies.published_version() == "v2"
    copies.bring("v2")
    whole = files_below(divided.root)
    expected = {
        name: content
        for name, content in whole.items()
        if name == "versions/v2/manifest.json" or name.startswith("versions/v2/shards/0001/")
    }
    assert len(expected) > 3
    assert files_below(tmp_path / "copies") == expected


def test_what_is_here_is_not_brought_again(divided: StoreLayout, tmp_path: Path) -> None:
    assert divided.root.exists()
    copies = ShardCopies(URL, tmp_path / "copies", 1)
    copies.bring("v1")
    MemoryFileSystem.store.clear()
    copies.bring("v1")
    with pytest.raises(SnapshotDamaged, match=r"memory://bucket/store/versions/v2/manifest\.json is missing"):
        copies.bring("v2")


def test_nothing_of_what_arrives_damaged_stays(divided: StoreLayout, tmp_path: Path) -> None:
    lengths = divided.version("v1").shard(0).lexical.root / "lengths.npy"
    path = f"/bucket/store/{lengths.relative_to(divided.root).as_posix()}"
    MemoryFileSystem().pipe_file(path, lengths.read_bytes()[:-1] + b"x")
    copies = ShardCopies(URL, tmp_path / "copies", 0)
    with pytest.raises(SnapshotDamaged, match=r"memory://bucket/store/shards/0000/lexical/lengths\.npy"):
        copies.bring("v1")
    assert not files_below(tmp_path / "copies")
    with pytest.raises(StoreNotFound, match="version v1 has 2 shards, and no shard 2"):
        ShardCopies(URL, tmp_path / "copies", 2).bring("v1")
    assert not files_below(tmp_path / "copies")


def test_shards_of_one_machine_share_a_folder(divided: StoreLayout, tmp_path: Path) -> None:
    assert divided.root.exists()
    first, second = (ShardCopies(URL, tmp_path / "copies", number) for number in range(2))
    for version in ("v1", "v2"):
        first.bring(version)
        second.bring(version)
    first.keep_only(["v2"])
    assert {name.split("/")[1] for name in files_below(tmp_path / "copies")} == {"v1", "v2"}
    assert not first.store.version("v1").shard(0).root.exists()
    assert second.store.version("v1").shard(1).root.exists()
    second.keep_only(["v2"])
    assert [path.name for path in first.store.versions.iterdir()] == ["v2"]


def test_what_a_killed_process_left_is_removed(divided: StoreLayout, tmp_path: Path) -> None:
    assert divided.root.exists()
    for number in range(2):
        (tmp_path / "copies" / f".shard-{number:04d}-x").mkdir(parents=True)
    ShardCopies(URL, tmp_path / "copies", 1)
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [".shard-0000-x"]


def test_a_replica_that_was_slower_takes_what_the_other_one_has_brought(
    divided: StoreLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert divided.root.exists()
    slow, fast = (ShardCopies(URL, tmp_path / "copies", 0) for _ in range(2))
    fetch = RemoteStore.fetch

    def let_the_other_go_first(source: RemoteStore, path: Path, target: Path) -> bool:
        monkeypatch.setattr(RemoteStore, "fetch", fetch)
        fast.bring("v1")
        return fetch(source, path, target)

    monkeypatch.setattr(RemoteStore, "fetch", let_the_other_go_first)
    slow.bring("v1")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["versions"]


def test_a_folder_that_cannot_be_written_is_told(divided: StoreLayout, tmp_path: Path) -> None:
    assert divided.root.exists()
    (tmp_path / "copies").write_text("a file")
    with pytest.raises(StoreError, match="copies cannot be written"):
        ShardCopies(URL, tmp_path / "copies", 0).bring("v1")
