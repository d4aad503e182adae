"""What the kernel takes from the reader process: memory beyond its budget, writing, and the network where it can.

Linux only, as khabar is. Limits of memory and of file sizes always hold. Landlock (Linux 5.13 and later, if it is
switched on) refuses every change to the file system, and from Linux 6.7 on every TCP connection.
"""

import ctypes
import fcntl
import os
import resource
import signal
from contextlib import suppress
from multiprocessing import parent_process
from pathlib import Path

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446  # the same numbers on all architectures
_LANDLOCK_VERSION_FLAG = 1

# linux/landlock.h: the rights that change files, by the version of Landlock from which they are known.
_WRITE_FILE, _REMOVE_AND_MAKE, _TRUNCATE = 1 << 1, 0b1_1111_1111 << 4, 1 << 14
_TRUNCATE_FROM, _NETWORK_FROM = 3, 4
_BIND_AND_CONNECT_TCP = 0b11


class _LandlockRules(ctypes.Structure):
    _fields_ = (("file_system", ctypes.c_uint64), ("network", ctypes.c_uint64))


def confine(memory_bytes: int) -> None:
    """Take from this process what a reader of files does not need, for good.

    It may use `memory_bytes` more than now, writes no byte into a file, leaves no core dump, ends with the build, and
    is the first to go if the machine runs out of memory. What it prints is thrown away: it may be text of the files.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _end_with_the_build()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the build, which ends this process
    with suppress(OSError):  # containers may not let it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    limit = data_bytes() + memory_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _forbid_changes(libc)


def _end_with_the_build() -> None:
    """Let the kernel send SIGIO, which ends this process whatever it does, when the build is gone.

    The build holds the other end of this pipe. The parent of this process is the server of forks, which waits for it.
    """
    build = parent_process()
    if build is not None:
        fcntl.fcntl(build.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(build.sentinel, fcntl.F_SETFL, fcntl.fcntl(build.sentinel, fcntl.F_GETFL) | fcntl.FASYNC)


def _forbid_changes(libc: ctypes.CDLL) -> None:
    """Refuse all changes to files, and TCP, as far as the kernel knows Landlock."""
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG)
    if version < 1:
        return
    rules = _LandlockRules(_WRITE_FILE | _REMOVE_AND_MAKE, 0)
    if version >= _TRUNCATE_FROM:
        rules.file_system |= _TRUNCATE
    size = ctypes.sizeof(ctypes.c_uint64)
    if version >= _NETWORK_FROM:
        rules.network, size = _BIND_AND_CONNECT_TCP, ctypes.sizeof(rules)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(rules), size, 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def data_bytes() -> int:
    """Return the private memory that this process has asked for, in bytes: what RLIMIT_DATA bounds."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0
