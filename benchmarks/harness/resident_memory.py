"""Resident memory of this process, as Linux reports it."""

from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class ResidentMemory:
    """Anonymous memory of a process, and its pages mapped from files, in bytes."""

    own_bytes: int
    mapped_bytes: int


def resident_memory() -> ResidentMemory:
    """Return the resident memory of this process."""
    lines = (line.split() for line in _STATUS.read_text(encoding="ascii").splitlines())
    sizes = {words[0]: 1024 * int(words[1]) for words in lines if words[-1] == "kB"}
    return ResidentMemory(sizes["RssAnon:"], sizes["RssFile:"])
