"""What the builds of a store did, from what the versions on disk say."""

import json
from pathlib import Path

import pytest

from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.build_history import PastBuild, RejectedBuild, UnreadableBuild, last_builds, rejected_build
from indexer.snapshot.layout import StoreLayout
from indexer.store.publish import reject_version
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store, write_fake_report


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    for version in ("v1", "v2"):
        publish_fake_store(tmp_path, ARTICLES, version=version)
        write_fake_report(tmp_path, version)
    return StoreLayout(tmp_path)


def names(store: StoreLayout, limit: int) -> list[str]:
    return [each.manifest.version for each in last_builds(store, limit) if isinstance(each, PastBuild)]


def test_the_newest_build_comes_first(store: StoreLayout) -> None:
    assert names(store, 10) == ["v2", "v1"]
    assert names(store, 1) == ["v2"]
    newest = next(last_builds(store, 1))
    assert isinstance(newest, PastBuild)
    assert newest.figures.embedded == 7
    assert [(stage.name, stage.seconds) for stage in newest.figures.stages] == [("reading", 0.5), ("embedding", 61.5)]


@pytest.mark.parametrize("content", [None, "no JSON", "[]", '{"accepted": 1}', "[" * 100_000, "\udcff"])
def test_a_damaged_report_is_named(store: StoreLayout, content: str | None) -> None:
    report = store.version("v2").report
    report.unlink() if content is None else report.write_text(content, errors="surrogateescape")
    damaged, other = last_builds(store, 10)
    assert isinstance(damaged, UnreadableBuild)
    assert damaged.version == "v2"
    assert str(report) in damaged.problem
    assert "\n" not in damaged.problem
    assert isinstance(other, PastBuild)


def test_a_damaged_manifest_is_named(store: StoreLayout) -> None:
    manifest = store.version("v1").manifest
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format_version": 99}))
    assert names(store, 10) == ["v2"]
    assert [each.version for each in last_builds(store, 10) if isinstance(each, UnreadableBuild)] == ["v1"]


def test_a_store_that_is_gone_is_an_error(store: StoreLayout, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="versions cannot be read"):
        list(last_builds(StoreLayout(tmp_path / "gone"), 10))


def test_only_a_rejected_version_that_is_newer_is_told(store: StoreLayout, tmp_path: Path) -> None:
    assert rejected_build(store, "v2") is None
    staged = tmp_path / "staged"
    staged.mkdir()
    reject_version(store, staged, "v3", ["القناة: لا نتيجة", *(f"reason {n}" for n in range(30))])
    rejected = rejected_build(store, "v2")
    assert isinstance(rejected, RejectedBuild)
    assert (rejected.version, rejected.reasons[0], len(rejected.reasons)) == ("v3", "القناة: لا نتيجة", 20)
    assert rejected_build(store, "v4") is None
    store.rejected_reasons.unlink()  # as if the build had been killed before it wrote them
    assert rejected_build(store, "v2") == RejectedBuild("v3", ())
