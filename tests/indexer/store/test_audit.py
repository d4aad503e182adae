"""The audit log: one whole line an action, whatever happened to the line before."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.snapshot.layout import StoreLayout
from indexer.store.audit import record_action
from tests.indexer.durability.file_operations import Operation, watched


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path)


def whole_lines(store: StoreLayout) -> Iterator[dict[str, object]]:
    for line in store.audit_log.read_text(encoding="utf-8").splitlines():
        if line.endswith("}"):
            yield json.loads(line)


def test_actions_are_appended(store: StoreLayout) -> None:
    record_action(store, "rollback", version="خبر")
    record_action(store, "takedown")
    assert [(line["action"], line.get("version")) for line in whole_lines(store)] == [
        ("rollback", "خبر"),
        ("takedown", None),
    ]


def test_a_part_of_a_line_does_not_spoil_the_next_one(store: StoreLayout) -> None:
    record_action(store, "rollback")
    with store.audit_log.open("ab") as log:
        log.write(b'{"at": "2026-')
    record_action(store, "takedown")
    assert [line["action"] for line in whole_lines(store)] == ["rollback", "takedown"]
    assert len(store.audit_log.read_text(encoding="utf-8").splitlines()) == 3


def test_a_disk_that_takes_a_part_of_a_line_only_is_an_error(store: StoreLayout) -> None:
    class AlmostFull:
        n_writes = 0

        def before(self, operation: Operation) -> None:
            self.n_writes += operation.name == "write"
            if self.n_writes >= 2:
                raise OSError(28, os.strerror(28))

        def after(self, operation: Operation) -> None:
            pass

    with watched(store.root, AlmostFull()), pytest.raises(OSError, match="No space left"):
        record_action(store, "rollback")
    assert store.audit_log.read_bytes()
    record_action(store, "takedown")
    assert [line["action"] for line in whole_lines(store)] == ["takedown"]
