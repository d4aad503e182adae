"""Locks of the operating system, and what happens where it has none."""

import errno
import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from indexer.snapshot.errors import StoreError
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.keys import Scope
from indexer.snapshot.format.version_lock import lock_if_unused
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot
from indexer.store.keys import create_key
from indexer.store.staging import build_lock
from indexer.store.takedown import record_takedowns
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store


@pytest.fixture(params=[errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def no_locks(request: pytest.FixtureRequest) -> Iterator[pytest.MonkeyPatch]:
    """Yield a patch under which no file can be locked, as on some network file systems."""

    def no_flock(*_: object) -> None:
        raise OSError(request.param, "Function not implemented")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fcntl, "flock", no_flock)
        yield patch


def test_a_lock_is_that_of_the_operating_system(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(Timeout):
        FileLock(tmp_path / "lock").acquire(timeout=0)
    with locked(tmp_path / "lock", timeout_s=0):
        pass


@pytest.mark.usefixtures("no_locks")
def test_a_store_without_locks_is_not_written_to(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    with pytest.raises(StoreError, match=r"has no locks \(flock: .*local disk"), build_lock(store):
        pass
    with pytest.raises(StoreError, match="has no locks"):
        create_key(store, "somebody", [Scope.SEARCH], None)
    with pytest.raises(StoreError, match="has no locks"):
        record_takedowns(store, ["one"], "takedown", "a reason")
    assert not store.keys.exists()
    assert not store.takedowns.exists()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> StoreLayout:
    root = tmp_path_factory.mktemp("store")
    publish_fake_store(root, ARTICLES)
    return StoreLayout(root)


@pytest.mark.usefixtures("no_locks")
def test_a_version_without_locks_is_served_and_never_pruned(
    published: StoreLayout, caplog: pytest.LogCaptureFixture
) -> None:
    with open_snapshot(published.root) as snapshot:
        assert snapshot.version_lock is None
        with lock_if_unused(published.version(snapshot.manifest.version).manifest) as unused:
            assert not unused
    assert "has no locks" in caplog.text
