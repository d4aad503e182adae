"""A short piece of `python -m tests.fuzz.snapshot`: damage behind checksums that fit is refused by name."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.errors import FormatMismatch, SnapshotDamaged, StoreError, StoreNotFound
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.manifest import FORMAT_VERSION
from indexer.snapshot.reader import current_version, open_snapshot
from indexer.snapshot.scores.neutral_space import NeutralSpace
from tests.fuzz.damage import ODD_VALUES, VERSION, DamagedStore, damaged


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DamagedStore]:
    """Return a store whose files are whole again after each damage."""
    damaged_store = DamagedStore(tmp_path_factory.mktemp("damaged"))
    yield damaged_store
    open_snapshot(damaged_store.layout.root).close()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=st.integers(0, 10), how=st.integers(0, 3), recipe=st.binary(max_size=40))
def test_whatever_the_bytes_a_version_opens_or_is_refused(
    store: DamagedStore, file: int, how: int, recipe: bytes
) -> None:
    assert file < len(store.files)
    answer = store.read_damaged(bytes([file, how]) + recipe)
    assert "\n" not in answer


def test_every_file_can_be_damaged_so_that_it_is_refused(store: DamagedStore) -> None:
    """Otherwise the test above would say nothing about it."""
    for number, file in enumerate(store.files):
        rubbish = bytes([number, 2]) + b"{nothing of the kind\x93"
        assert store.read_damaged(rubbish), file.name


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (b"", b'{"a": [1, {"b": 2}]}'),
        (b"\x00\x80\x00x\x01", b'{"a": [1, xxb": 2}]}'),
        (b"\x01\x80\x00", b'{"a": [1, '),
        (b"\x02other", b"other"),
        (b"\x03\x00\x01\x00\x02", b'{"a": [1, {"b": -1}]}\n'),
    ],
)
def test_a_recipe_says_what_is_damaged(recipe: bytes, expected: bytes) -> None:
    assert damaged(b'{"a": [1, {"b": 2}]}', recipe) == expected
    assert ODD_VALUES[2] == -1


@pytest.mark.parametrize("name", ["v\0", "v" * 256, "ü" * 128, ".", ".."])
def test_current_that_can_be_no_folder_is_refused(store: DamagedStore, name: str) -> None:
    current = store.layout.current
    whole = current.read_bytes()
    try:
        current.write_text(name, encoding="utf-8")
        with pytest.raises(SnapshotDamaged, match="CURRENT names no version"):
            current_version(store.layout)
    finally:
        current.write_bytes(whole)
    with pytest.raises(StoreNotFound, match="no version"):
        open_snapshot(store.layout.root, version=name)


@pytest.mark.parametrize("value", [[], {}, None, "4"])
def test_a_format_that_is_no_number_is_another_format(tmp_path: Path, value: object) -> None:
    store = DamagedStore(tmp_path)
    manifest = store.layout.version(VERSION).manifest
    whole = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        whole.replace(f'"format_version": {FORMAT_VERSION}', f'"format_version": {json.dumps(value)}'), encoding="utf-8"
    )
    with pytest.raises(FormatMismatch):
        open_snapshot(tmp_path)
    manifest.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json is damaged"):
        open_snapshot(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00\x10\x00{'a': (\n\n"]
)
def test_arrays_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "arrays"
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="language centres"):
        NeutralSpace.open(path)
    with pytest.raises(SnapshotDamaged, match="table of phrases"):
        PhraseTable.open(path, 8)


def test_alerts_that_are_none_are_refused(store: DamagedStore) -> None:
    path = store.layout.alert_ledger
    whole = path.read_bytes()
    try:
        path.write_bytes(whole.replace(b'{"saved_search"', b'["saved_search"'))
        with pytest.raises(StoreError, match="texts that are no alerts"):
            read_alerts(path)
    finally:
        path.write_bytes(whole)
