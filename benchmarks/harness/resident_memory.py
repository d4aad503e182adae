"""Resident memory of a process, as Linux reports it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ResidentMemory:
    """Anonymous memory of a process, and its pages mapped from files, in bytes."""

    own_bytes: int
    mapped_bytes: int


def resident_memory(pid: int | None = None) -> ResidentMemory:
    """Return the resident memory of a process, by default of this one."""
    status = Path("/proc", "self" if pid is None else str(pid), "status")
    lines = (line.split() for line in status.read_text(encoding="ascii").splitlines())
    sizes = {words[0]: 1024 * int(words[1]) for words in lines if words[-1] == "kB"}
    return ResidentMemory(sizes["RssAnon:"], sizes["RssFile:"])
