"""A writer waits until the processes that serve have applied the log of takedowns."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.snapshot.format.takedown_confirmation import AppliedTakedowns, is_applied_everywhere, prepare_confirmation
from indexer.snapshot.format.takedowns import NO_TAKEDOWNS, TakedownHead
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import read_takedowns
from indexer.store.takedown import record_takedowns, wait_until_applied

FIRST, SECOND = TakedownHead(1, "0" * 64), TakedownHead(1, "f" * 64)  # the two ends of the range

_SERVE = """
import sys
from pathlib import Path
from indexer.snapshot.format.takedown_confirmation import AppliedTakedowns
from indexer.snapshot.format.takedowns import TakedownHead
from indexer.snapshot.layout import StoreLayout

applied = AppliedTakedowns(StoreLayout(Path(sys.argv[1])))
for line in sys.stdin:
    lines, digest = line.rstrip("\\n").split("|")
    print(applied.confirm(TakedownHead(int(lines), digest)), flush=True)
"""


class Service:
    """Another process that confirms what it is told to; locks of one process do not show in that process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def confirm(self, head: TakedownHead) -> bool:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{head.lines}|{head.digest}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() == "True\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def service(store: StoreLayout) -> Iterator[Service]:
    command = [sys.executable, "-c", _SERVE, str(store.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    layout = StoreLayout(tmp_path)
    prepare_confirmation(layout)
    os.utime(layout.takedowns_applied, (0, 0))  # services have had time to open it
    return layout


def test_nobody_serves(store: StoreLayout) -> None:
    assert is_applied_everywhere(store, FIRST)
    assert is_applied_everywhere(store, NO_TAKEDOWNS)


@pytest.mark.parametrize("before", [NO_TAKEDOWNS, FIRST, SECOND])
@pytest.mark.parametrize("after", [NO_TAKEDOWNS, FIRST, SECOND])
def test_a_state_counts_when_every_process_has_confirmed_it(
    store: StoreLayout, before: TakedownHead, after: TakedownHead
) -> None:
    with service(store) as one, service(store) as other:
        assert one.confirm(before)
        assert other.confirm(before)
        assert is_applied_everywhere(store, after) == (before == after)
        assert one.confirm(after)
        assert is_applied_everywhere(store, after) == (before == after)
        assert other.confirm(after)
        assert is_applied_everywhere(store, after)


def test_services_have_time_to_open_a_file_that_was_just_created(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    prepare_confirmation(store)
    assert store.takedowns_applied.stat().st_mode & 0o777 == 0o644
    assert not is_applied_everywhere(store, NO_TAKEDOWNS)
    os.utime(store.takedowns_applied, (0, 0))
    prepare_confirmation(store)
    assert is_applied_everywhere(store, NO_TAKEDOWNS)


def test_a_killed_process_is_waited_for_no_longer(store: StoreLayout) -> None:
    with service(store) as killed:
        killed.confirm(FIRST)
        assert not is_applied_everywhere(store, SECOND)
        killed.kill()
        assert is_applied_everywhere(store, SECOND)


def test_a_store_without_the_file_is_confirmed_later(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    applied = AppliedTakedowns(store)
    assert not applied.confirm(NO_TAKEDOWNS)
    store.takedowns_applied.touch()
    assert applied.confirm(NO_TAKEDOWNS)
    applied.close()


def test_a_takedown_waits_for_a_service(store: StoreLayout) -> None:
    with service(store) as slow:
        slow.confirm(NO_TAKEDOWNS)
        record_takedowns(store, ["a"], "takedown", "")
        assert not wait_until_applied(store, timeout_s=0.2)
        slow.confirm(read_takedowns(store).head)
        assert wait_until_applied(store, timeout_s=0.2)
