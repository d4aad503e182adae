"""A night with files of all kinds that somebody might plant: the good one is published, and each other one is named."""

import gzip
import io
import json
import os
import socket
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet
from rich.console import Console

from indexer.build import Recipe, build
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.sources.isolation import reader_process
from indexer.sources.isolation.budget import FileBudget
from tests.indexer.sources.isolation.poison_reader import read_with_poison

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 2**20
RECORD = json.dumps({"id": "one", "text": "A museum in the capital opens its new wing to visitors next month."})
BOMB = b" " * (70 * MIB)
ENTITIES = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel><item><title>&b;</title>'
EXTERNAL = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&a;</title>'
WARC_HEAD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/\r\n"
    b"Content-Type: application/http\r\nContent-Length: 80000000\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
)


def _parquet(**columns: list[object]) -> bytes:
    content = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), content, compression="zstd")
    return content.getvalue()


def _link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _make_socket(path: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


POISON: dict[str, tuple[bytes | Callable[[Path], None], str]] = {
    # Readers that do not come back.
    "poison-hang.jsonl": (b"", "takes longer than --file-time allows"),
    "poison-segfault.jsonl": (b"", "crashed: SIGSEGV"),
    "poison-abort.jsonl": (b"", "crashed: SIGABRT"),
    "poison-exit.jsonl": (b"", "ended with exit status 7"),
    "poison-panic.jsonl": (b"", "failed: PanicError"),
    "poison-memory.jsonl": (b"", "needs more than 512 MiB of memory"),
    "poison-recursion.jsonl": (b"", "failed: RecursionError"),
    # Bombs.
    "bomb.jsonl.gz": (gzip.compress(BOMB), "decompresses to more than 250 times"),
    "members.jsonl.gz": (gzip.compress(BOMB[: 10 * MIB]) * 7, "decompresses to more than 250 times"),
    "bomb.warc.gz": (gzip.compress(WARC_HEAD + BOMB), "decompresses to more than 250 times"),
    "bomb.html.zst": (zstd.compress(BOMB), "decompresses to more than 250 times"),
    "bomb.parquet": (_parquet(id=["x"] * 100, text=["y" * MIB] * 100), "decompresses to more than 250 times"),
    "twice.jsonl.gz": (gzip.compress(gzip.compress(RECORD.encode())), "compressed twice"),
    "memory.json": (b"[" + b"[]," * (8 * MIB) + b"[]]", "needs more than 512 MiB of memory"),
    # Documents that make their parsers work.
    "entities.xml": (ENTITIES.encode(), "declares XML entities"),
    "entities-16.xml": (ENTITIES.encode("utf-16"), "declares XML entities"),
    "external.rss": (EXTERNAL.encode(), "declares XML entities"),
    "deep.json": (b"[" * 500_000, "nested too deeply"),
    "deep.html": (b"<div>" * 200_000, "no article is found"),
    "line.jsonl": (b"x" * (17 * MIB), "longer than 16 MiB"),
    "digits.jsonl": (b'{"id": ' + b"1" * 100_000 + b"}", "not JSON that can be read"),
    "cell.csv": (b"id,text\n1," + b"x" * (17 * MIB), "a line longer than 16 MiB"),
    # Damage.
    "cut.jsonl.gz": (gzip.compress(RECORD.encode())[:30], "damaged gzip file"),
    "garbage.parquet": (b"PAR1" + bytes(range(256)), "not a readable Parquet file"),
    "garbage.warc": (b"WARC/1.0\r\n" + bytes(range(256)), "archive"),
    "empty.txt": (b"", "text: is blank"),
    "blank.jsonl": (b'{"id": "\\u0000\\n", "text": "x"}', "id: is blank"),
    # What is no file of the folder.
    "pipe.jsonl": (os.mkfifo, "no regular file"),
    "socket.jsonl": (_make_socket, "no regular file"),
    "passwords.txt": (_link_to("/etc/passwd"), "a link out of the folder"),
    "environment.txt": (_link_to("/proc/self/environ"), "a link out of the folder"),
    "circle.txt": (_link_to("circle.txt"), "a broken or circular link"),
}


@pytest.mark.slow
def test_a_night_with_hostile_files_publishes_the_good_one_and_names_the_others(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_process, "read_file", read_with_poison)
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "good.jsonl").write_text(RECORD, encoding="utf-8")
    for name, (content, _) in POISON.items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            content(folder / name)
    result = build(
        [folder],
        tmp_path / "store",
        Reporter(Console(file=io.StringIO())),
        recipe=Recipe(str(tiny_model)),
        file_budget=FileBudget(time_s=10, memory_bytes=512 * MIB),
    )
    layout = StoreLayout(tmp_path / "store").version(result.manifest.version)
    report = json.loads(layout.report.read_text(encoding="utf-8"))
    assert (result.manifest.counts.articles, report["accepted"], report["rejected"]) == (1, 1, len(POISON))
    named = [example for reason in report["reasons"].values() for example in reason["examples"]]
    assert len(POISON) >= 30
    for name, (_, reason) in POISON.items():
        found = [example for example in named if example.startswith(f"{folder}/{name}:")]
        assert [reason in example for example in found] == [True], (name, found)
