"""Manifests of other formats: those on the list are read, others are refused."""

from pathlib import Path

import pytest

from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.format import manifest as module
from indexer.snapshot.layout import EncoderLayout, StoreLayout
from indexer.snapshot.reader import current_manifest, open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from tests.conftest import ARTICLES
from tests.fakes import as_format, publish_fake_store


def test_an_upgraded_khabar_serves_the_store_of_the_night_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    newer = module.FORMAT_VERSION + 1
    monkeypatch.setattr(module, "FORMAT_VERSION", newer)
    monkeypatch.setattr(module, "READABLE_FORMATS", module.READABLE_FORMATS | {newer})
    with open_snapshot(tmp_path) as snapshot:
        assert snapshot.manifest.format_version == newer - 1
        assert snapshot.article("en-moon") is not None


def test_a_store_of_format_3_is_served(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    store = StoreLayout(tmp_path)
    encoders = sorted(store.encoders.glob(f"*/{EncoderLayout(tmp_path).manifest.name}"))
    for path in (store.version("v1").manifest, *encoders):
        as_format(path, 3)
    with open_snapshot(tmp_path) as snapshot:
        assert snapshot.manifest.format_version == snapshot.encoder_manifest.format_version == 3
        assert snapshot.manifest.served_encoder == snapshot.manifest.encoder
        assert search(snapshot, Query(TextTarget("moon landing"), k=1)).hits


def test_a_format_that_is_not_on_the_list_is_refused(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READABLE_FORMATS", frozenset({97, 98}))
    with pytest.raises(
        FormatMismatch, match=rf"has format {module.FORMAT_VERSION}, this khabar reads format 97, 98; rebuild"
    ):
        current_manifest(StoreLayout(fake_store))


def test_builds_write_a_format_that_can_be_read() -> None:
    assert module.FORMAT_VERSION in module.READABLE_FORMATS
