"""Manifests of other formats: those on the list are read, others are refused."""

from pathlib import Path

import pytest

from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.format import manifest as module
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest, open_snapshot
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store


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


def test_a_format_that_is_not_on_the_list_is_refused(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READABLE_FORMATS", frozenset({97, 98}))
    with pytest.raises(
        FormatMismatch, match=rf"has format {module.FORMAT_VERSION}, this khabar reads format 97, 98; rebuild"
    ):
        current_manifest(StoreLayout(fake_store))


def test_builds_write_a_format_that_can_be_read() -> None:
    assert module.FORMAT_VERSION in module.READABLE_FORMATS
