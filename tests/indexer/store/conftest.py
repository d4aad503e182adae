"""Stores with several versions."""

from pathlib import Path

import pytest

from indexer.snapshot.layout import StoreLayout
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

NAMES = ("20260101T000000Z-a", "20260102T000000Z-b", "20260103T000000Z-c")


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of three versions, the newest one published."""
    for n, name in enumerate(NAMES, start=1):
        publish_fake_store(tmp_path / "store", ARTICLES[: n + 1], version=name)
    return StoreLayout(tmp_path / "store")
