"""The audit log of a store: who took articles down, changed keys or rolled back, and when.

One JSON object a line, appended and flushed to disk. It is for people; nothing reads it back.
"""

import json
import os
import pwd
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any

from indexer.snapshot.files.durable_files import flush
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.text.utc import utc_text


def record_action(store: StoreLayout, action: str, **details: Any) -> None:
    """Append one action to the audit log and flush it.

    Raises:
        OSError: the log cannot be written.
    """
    line = {"at": utc_text(datetime.now(UTC)), **_who(), "host": socket.gethostname(), "action": action}
    handle = os.open(store.audit_log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(handle, "a+b") as log:
        folder = store.root.stat()
        with suppress(PermissionError):  # only root gives files away
            os.fchown(handle, folder.st_uid, folder.st_gid)
        start = b"" if _ends_with_a_line(log) else b"\n"
        log.write(start + json.dumps(line | details, ensure_ascii=False).encode() + b"\n")
        log.flush()
        os.fsync(handle)
    flush(store.root)  # the first line creates the file


def _ends_with_a_line(log: IO[bytes]) -> bool:
    """Return whether the log is empty or its last line is whole; a full disk or a power cut leaves a part of one."""
    if log.seek(0, os.SEEK_END) == 0:
        return True
    log.seek(-1, os.SEEK_END)
    return log.read(1) == b"\n"


def _who() -> dict[str, str]:
    """Return the user of this process, which the system knows and nobody can set, and who became it with sudo."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    sudo_user = os.environ.get("SUDO_USER")
    return {"user": user} | ({"sudo_user": sudo_user} if sudo_user else {})
