"""A shard in a folder that all nodes share, and one that is copied from an address."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from indexer.snapshot.errors import SnapshotDamaged, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.shards.requests import LookUp
from indexer.store.remote.push import push_store
from indexer.store.remote.remote_store import RemoteStore
from search_api.cluster import shard_source as module
from search_api.cluster.shard_server import KEPT_VERSIONS, ShardServer
from search_api.cluster.shard_source import FolderShardSource, RemoteShardSource, ShardSource, shard_source
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

URL = "memory://bucket/divided"
ASKED = LookUp((("canal",),))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreLayout]:
    """Return a store in two shards, and put it at the address."""
    publish_fake_store(tmp_path / "store", ARTICLES, version="v1", n_shards=2)
    layout = StoreLayout(tmp_path / "store")
    push_store(layout, RemoteStore(URL))
    yield layout
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


def answer_of(source: ShardSource, version: str) -> Any:
    with closing(source.open(version)) as opened:
        return ASKED(opened.shard)


def test_a_shard_from_an_address_answers_as_one_in_a_folder(store: StoreLayout, tmp_path: Path) -> None:
    for number in range(2):
        sources = FolderShardSource(store, number), RemoteShardSource(URL, number, tmp_path / "copies")
        assert [source.published_version() for source in sources] == ["v1", "v1"]
        answers = [answer_of(source, "v1") for source in sources]
        assert answers[0] == answers[1]
        assert answers[0]


def test_a_copy_that_was_damaged_is_made_again(store: StoreLayout, tmp_path: Path) -> None:
    address = RemoteShardSource(URL, 0, tmp_path / "copies")
    address.open("v1").close()
    lengths = StoreLayout(tmp_path / "copies").version("v1").shard(0).lexical.root / "lengths.npy"
    lengths.write_bytes(lengths.read_bytes()[:-1] + b"x")
    assert answer_of(address, "v1") == answer_of(FolderShardSource(store, 0), "v1")
    for path in MemoryFileSystem().find("/bucket/divided/versions/v1/shards/0000"):
        MemoryFileSystem().pipe_file(path, b"damaged")
    lengths.write_bytes(b"x")
    with pytest.raises(SnapshotDamaged, match="memory://bucket/divided/shards/0000"):
        address.open("v1")


def test_the_name_of_a_store_says_where_its_shards_are(store: StoreLayout) -> None:
    assert isinstance(shard_source(str(store.root), 0), FolderShardSource)
    assert isinstance(shard_source(URL, 0), RemoteShardSource)


def test_a_replica_keeps_copies_of_the_versions_that_it_has_mapped(
    store: StoreLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "user_cache_path", lambda _name: tmp_path)
    monkeypatch.setattr(RemoteShardSource, "look_every_s", 0.01)
    for version in ("v2", "v3"):
        publish_fake_store(store.root, ARTICLES, version=version, n_shards=2)
        push_store(store, RemoteStore(URL))

    async def serve() -> None:
        replica = ShardServer(URL, 1)
        while "v3" not in replica._open:
            await asyncio.sleep(0.01)
        answers: list[Any] = [await replica.answer(version, ASKED) for version in ("v3", "v1", "v2")]
        assert all(answer == answers[0] for answer in answers)
        assert names_below(tmp_path / "shards") == ["v1", "v2", "v3"]
        publish_fake_store(store.root, ARTICLES, version="v4", n_shards=2)
        push_store(store, RemoteStore(URL))
        while "v4" not in replica._open or len(replica._open) > KEPT_VERSIONS:
            await asyncio.sleep(0.01)
        with pytest.raises(SnapshotDamaged, match=r"memory://bucket/divided/versions/v9/manifest\.json is missing"):
            await replica.answer("v9", ASKED)
        replica.close()

    asyncio.run(asyncio.wait_for(serve(), 30))
    assert names_below(tmp_path / "shards") == ["v1", "v2", "v4"]  # the one that was opened first has gone
    with pytest.raises(StoreNotFound, match="no shard 2"):
        RemoteShardSource(URL, 2, tmp_path / "other").open("v4")


def names_below(shards: Path) -> list[str]:
    """Return the versions of the one store of which there are copies."""
    (copies,) = shards.iterdir()
    return sorted(path.name for path in (copies / "versions").iterdir())
