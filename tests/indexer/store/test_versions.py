"""The names of versions, and publishing an earlier one again."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreLocked, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.store.staging import build_lock
from indexer.store.versions import new_version_name, roll_back
from tests.indexer.store.conftest import NAMES


def test_rollback_goes_back_one_version_at_a_time(store: StoreLayout) -> None:
    assert roll_back(store).version == NAMES[1]
    assert current_version(store) == NAMES[1]
    roll_back(store)
    assert current_version(store) == NAMES[0]
    with pytest.raises(StoreError, match=f"no version before {NAMES[0]}"):
        roll_back(store)
    assert current_version(store) == NAMES[0]


def test_rollback_to_a_named_version_may_be_older_or_newer(store: StoreLayout) -> None:
    roll_back(store, NAMES[0])
    roll_back(store, NAMES[2])
    assert current_version(store) == NAMES[2]


def test_a_rollback_that_cannot_be_written_down_is_not_done(store: StoreLayout) -> None:
    store.audit_log.mkdir()
    with pytest.raises(IsADirectoryError):
        roll_back(store)
    assert current_version(store) == NAMES[2]


def test_rollback_to_a_version_that_cannot_be_served_is_refused(store: StoreLayout) -> None:
    with pytest.raises(StoreNotFound, match="no version nothing"):
        roll_back(store, "nothing")
    store.version(NAMES[0]).neutral.write_bytes(b"damaged")
    with pytest.raises(SnapshotDamaged):
        roll_back(store, NAMES[0])
    assert current_version(store) == NAMES[2]


@pytest.mark.parametrize("name", ["..", ".", "../versions", f"../versions/{NAMES[0]}", "a/b"])
def test_a_path_is_no_name_of_a_version(store: StoreLayout, name: str) -> None:
    with pytest.raises(StoreNotFound, match=f"no version {re.escape(name)} in"):
        roll_back(store, name)


def test_rollback_fails_while_a_build_is_running(store: StoreLayout) -> None:
    with build_lock(store), pytest.raises(StoreLocked):
        roll_back(store)


def test_rollback_does_not_create_a_missing_store(tmp_path: Path) -> None:
    missing = StoreLayout(tmp_path / "missing")
    with pytest.raises(StoreNotFound):
        roll_back(missing)
    assert not missing.root.exists()


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("2026-01-04T00:00:00", "20260104T000000Z-abc"),
        ("2026-01-03T00:00:00.9", "20260103T000001Z-abc"),  # within the second of the newest
        ("2025-06-01T00:00:00", "20260103T000001Z-abc"),  # the clock went backwards
    ],
)
def test_names_sort_by_age_even_if_the_clock_goes_backwards(store: StoreLayout, clock: str, expected: str) -> None:
    name = new_version_name(store, datetime.fromisoformat(clock).replace(tzinfo=UTC), "abc")
    assert name == expected
    assert name > max(NAMES)
