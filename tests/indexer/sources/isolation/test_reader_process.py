"""What a reader process survives, what becomes of the file that ends it, and what it may not do."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.reduction import send_handle
from pathlib import Path

import pytest

from indexer.snapshot.errors import SourceError
from indexer.sources.formats.format import ReadOptions, SourceArticle, SourceItem
from indexer.sources.isolation import child, reader_process
from indexer.sources.isolation.budget import PROGRESS_BYTES, FileBudget, FileClock
from indexer.sources.isolation.child import serve_files
from indexer.sources.isolation.read_file import read_file
from indexer.sources.isolation.wire import EndOfFile, decode_message, encode_message
from indexer.sources.parsing.open_input import InputFile
from indexer.sources.parsing.regular_file import open_regular_file
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources
from tests.conftest import ROOT
from tests.indexer.sources.isolation.poison_reader import read_with_poison

_BUDGET = FileBudget(time_s=3, memory_bytes=2**28)


@pytest.fixture(autouse=True)
def _poison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_process, "read_file", read_with_poison)


def write(path: Path, *ids: str) -> Path:
    lines = (json.dumps({"id": article_id, "text": "They met on Monday."}) + "\n" for article_id in ids)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def shown(items: Iterator[SourceItem]) -> list[str]:
    """Return the ids of articles, and of rejects their file and reason."""
    return [
        item.article.id if isinstance(item, SourceArticle) else f"{Path(item.file).stem}: {getattr(item, 'reason', '')}"
        for item in items
    ]


_SLOW = "takes longer than --file-time allows (3 s)"


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        ("hang", _SLOW),
        ("endless-match", _SLOW),
        ("segfault", "its reader crashed: SIGSEGV"),
        ("abort", "its reader crashed: SIGABRT"),
        ("exit", "its reader ended with exit status 7"),
        ("panic", "its reader failed: PanicError: unwrapped"),
        ("memory", "needs more than 256 MiB of memory (--file-memory)"),
        ("recursion", "its reader failed: RecursionError: maximum recursion depth exceeded"),
        ("fail", "its reader failed: KeyError: 'missing'"),
    ],
)
def test_a_file_that_ends_its_reader_is_a_reject_and_the_others_are_read(
    tmp_path: Path, poison: str, reason: str
) -> None:
    write(tmp_path / "a.jsonl", "a")
    write(tmp_path / f"b-poison-{poison}.jsonl", "b1", "b2")
    write(tmp_path / "c.jsonl", "c")
    # What was read before the reader ended stays.
    cut_short = f"b-poison-{poison}: {reason}; cut short after 2 of its records"
    assert shown(read_sources([tmp_path], budget=_BUDGET)) == ["a", "b1", "b2", cut_short, "c"]


def test_a_file_of_which_nothing_was_read_is_not_said_to_be_cut_short(tmp_path: Path) -> None:
    write(tmp_path / "poison-segfault.jsonl")
    assert shown(read_sources([tmp_path], budget=_BUDGET)) == ["poison-segfault: its reader crashed: SIGSEGV"]


def test_interrupts_do_not_reach_the_reader(tmp_path: Path) -> None:
    write(tmp_path / "poison-interrupt.jsonl", "a")
    assert shown(read_sources([tmp_path], budget=_BUDGET)) == ["a"]


@pytest.mark.parametrize("poison", ["write", "connect"])
def test_the_reader_writes_no_file_and_opens_no_connection(tmp_path: Path, poison: str) -> None:
    write(tmp_path / f"poison-{poison}.jsonl", "a")
    with pytest.raises(SourceError, match=r"cannot be read: (Permission denied|File too large|Connection refused)"):
        list(read_sources([tmp_path], budget=_BUDGET))


def test_the_memory_of_the_budget_is_that_of_each_file(tmp_path: Path) -> None:
    records = [{"id": "x", "text": "They met on Monday.", "numbers": list(range(10**6))}]
    for name in "abcdefgh":
        (tmp_path / f"{name}.json").write_text(json.dumps(records), encoding="utf-8")
    found = shown(read_sources([tmp_path], budget=FileBudget(memory_bytes=2**27)))
    assert found == ["x"] * 8


def test_results_are_those_of_reading_without_a_child(tmp_path: Path) -> None:
    record = {
        "id": "x",
        "text": "They met.",
        "published_at": "05/07/2015",
        "tags": ["a"],
        "n": 2**70,
        "f": 0.1,
        "o": [{}],
    }
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(record)}\nnope\n", encoding="utf-8")
    assert list(read_sources([tmp_path])) == list(read_sources([tmp_path], budget=None))


def test_standard_input_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb") as writer:
        monkeypatch.setattr(sys, "stdin", stdin)
        writer.write(write(tmp_path / "a.jsonl", "a", "b").read_bytes())
        writer.close()
        assert shown(read_sources([Path("-")])) == ["a", "b"]


def test_waiting_for_whoever_writes_a_pipe_does_not_count(tmp_path: Path) -> None:
    line = write(tmp_path / "a.jsonl", "a").read_text(encoding="utf-8")
    code = (
        "import pathlib\nfrom indexer.sources.walk import read_sources\n"
        "from indexer.sources.isolation.budget import FileBudget\n"
        "if __name__ == '__main__':\n"
        "    print(len(list(read_sources([pathlib.Path('-')], budget=FileBudget(time_s=1.5)))))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        process.stdin.write(line)
        process.stdin.flush()
        time.sleep(6)
        assert process.communicate(line, timeout=60)[0] == "2\n"


def _children(of: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(of)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def test_the_reader_ends_with_the_build(tmp_path: Path) -> None:
    write(tmp_path / "poison-hang.jsonl", "a")
    code = (
        "import pathlib\nfrom indexer.sources.isolation import reader_process\n"
        "from indexer.sources.walk import read_sources\n"
        "from tests.indexer.sources.isolation.poison_reader import read_with_poison\n"
        "if __name__ == '__main__':\n"
        "    reader_process.read_file = read_with_poison\n"
        f"    items = read_sources([pathlib.Path({str(tmp_path)!r})])\n"
        "    next(items)\n    print(items.gi_frame is not None, flush=True)\n    next(items)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        descendants = [grandchild for one in _children(process.pid) for grandchild in (one, *_children(one))]
        assert len(descendants) >= 3  # the server of forks, the reader, the tracker of resources
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    for _ in range(200):
        if not any(Path(f"/proc/{pid}/cmdline").exists() and _is_running(pid) for pid in descendants):
            return
        time.sleep(0.05)
    pytest.fail("processes are left")


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_stream_that_is_not_read_to_its_end_ends_its_reader(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *map(str, range(2_000)))
    with reader_process.ReaderProcess(ReadOptions(), _BUDGET) as reader:
        for _ in range(2):
            path = tmp_path / "a.jsonl"
            items = reader.read(InputFile.from_path(path, None), open_regular_file(path, None))
            assert shown(iter([next(items)])) == ["0"]
            items.close()  # type: ignore[attr-defined]


def test_messages_keep_what_they_hold_and_nothing_else_is_one() -> None:
    for message in (Reject("a", 1, "reason"), EndOfFile("failure", None, is_last=True), EndOfFile()):
        assert decode_message(encode_message(message)) == message
    for content in (b"", b"X{}", b"R{}", b"\x80\x04N."):
        with pytest.raises(ValueError):  # noqa: PT011
            decode_message(content)


def test_the_child_serves_until_its_connection_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "confine", lambda _: None)  # this process is the tests
    monkeypatch.setattr(child, "MAX_MESSAGE_BYTES", 400)
    (path := tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"id": "x", "text": "They met.", "more": "y" * n}) + "\n" for n in (1, 500)),
        encoding="utf-8",
    )
    ours, theirs = Pipe()
    for _ in range(2):
        ours.send(InputFile.from_path(path, None))
        send_handle(ours, open_regular_file(path, None), os.getpid())
    thread = threading.Thread(target=serve_files, args=(theirs, ReadOptions(), 2**40, read_file))
    thread.start()
    kinds = [type(decode_message(ours.recv_bytes())).__name__ for _ in range(6)]
    ours.close()
    thread.join()
    assert kinds == ["SourceArticle", "Reject", "EndOfFile"] * 2


def test_the_clock_gives_time_for_what_is_read() -> None:
    clock = FileClock(10)
    clock.wait(9)
    assert clock.remaining_s == 1
    clock.take_item()
    assert clock.remaining_s == 10  # of a pipe, whose length is not known, there is always an end to wait for
    clock.reach(100)
    assert clock.remaining_s == 1  # the first part of the file has its time once
    clock.reach(PROGRESS_BYTES)
    assert clock.remaining_s == 10
    clock.wait(10)
    clock.reach(50)  # going back is no progress
    assert clock.remaining_s == 0
    clock.take_item()
    assert clock.remaining_s == 1
