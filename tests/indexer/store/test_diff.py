"""The difference between two versions."""

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.snapshot.errors import SnapshotDamaged, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.store.diff import CorpusDiff, compare_versions
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

TREATY, CANAL, MOON, QUAKE, UNDATED = ARTICLES


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of two versions: one article removed, one added, three changed differently, one unchanged."""
    publish_fake_store(tmp_path / "store", (TREATY, CANAL, MOON, QUAKE, UNDATED), version="v1")
    changed = (
        replace(CANAL, blocks=(*CANAL.blocks[:-1], "Insurers have agreed at last who will pay for the lost tolls.")),
        replace(QUAKE, title="زلزال المغرب"),
        replace(UNDATED, tags=("vote",)),
    )
    new = replace(MOON, id="en-mars")
    publish_fake_store(tmp_path / "store", (TREATY, *changed, new), version="v2")
    return StoreLayout(tmp_path / "store")


def test_articles_are_added_changed_and_removed(store: StoreLayout) -> None:
    assert compare_versions(store, "v1", "v2") == CorpusDiff(
        added=("en-mars",), changed=("ar-quake", "en-canal", "en-undated/with slash"), removed=("en-moon",)
    )
    assert compare_versions(store, "v2", "v1").added == ("en-moon",)
    assert compare_versions(store, "v2", "v2") == CorpusDiff((), (), ())


def test_versions_that_cannot_be_compared_are_named(store: StoreLayout) -> None:
    with pytest.raises(StoreNotFound, match="no version v3"):
        compare_versions(store, "v1", "v3")
    store.version("v1").corpus.write_bytes(b"damaged")
    with pytest.raises(SnapshotDamaged, match="v1"):
        compare_versions(store, "v1", "v2")
