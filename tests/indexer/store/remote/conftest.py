"""A store on this machine, a place elsewhere, and a copy of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from indexer.snapshot.layout import StoreLayout
from indexer.store.remote.remote_store import RemoteStore
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

FIRST, SECOND, THIRD, FOURTH = (f"2026010{n}T000000Z-{n}" for n in range(1, 5))


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store with one published version."""
    publish_fake_store(tmp_path / "store", ARTICLES, version=FIRST)
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def place() -> Iterator[RemoteStore]:
    """Return an empty place, as an object store is one: in memory, and without folders of its own."""
    yield RemoteStore("memory://bucket/store")
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
def copy(tmp_path: Path) -> StoreLayout:
    """Return a store that does not exist yet."""
    return StoreLayout(tmp_path / "new" / "copy")
