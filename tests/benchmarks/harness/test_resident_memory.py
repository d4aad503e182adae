"""Resident memory of this process."""

import mmap
from pathlib import Path

from benchmarks.harness.resident_memory import resident_memory

SIZE_BYTES = 128 << 20


def test_memory_of_this_process_is_read(tmp_path: Path) -> None:
    path = tmp_path / "block"
    path.write_bytes(bytes(SIZE_BYTES))
    before = resident_memory()
    block = b"x" * SIZE_BYTES
    with_block = resident_memory()
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert sum(mapped[:: mmap.PAGESIZE]) == 0  # reads every page
        with_file = resident_memory()
    assert with_block.own_bytes - before.own_bytes > len(block) // 2
    assert with_block.mapped_bytes - before.mapped_bytes < SIZE_BYTES // 2
    assert with_file.mapped_bytes - before.mapped_bytes > SIZE_BYTES // 2
