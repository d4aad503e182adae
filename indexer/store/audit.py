"""The audit log of a store: who took articles down, changed keys or rolled back, and when.

One JSON object a line, appended and flushed to disk. It is for people; nothing reads it back.
"""

import json
import os
import pwd
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.text.utc import utc_text


def record_action(store: StoreLayout, action: str, **details: Any) -> None:
    """Append one action to the audit log and flush it.

    Raises:
        OSError: the log cannot be written.
    """
    line = {"at": utc_text(datetime.now(UTC)), **_who(), "host": socket.gethostname(), "action": action}
    handle = os.open(store.audit_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        folder = store.root.stat()
        with suppress(PermissionError):  # only root gives files away
            os.fchown(handle, folder.st_uid, folder.st_gid)
        os.write(handle, (json.dumps(line | details, ensure_ascii=False) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _who() -> dict[str, str]:
    """Return the user of this process, which the system knows and nobody can set, and who became it with sudo."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    sudo_user = os.environ.get("SUDO_USER")
    return {"user": user} | ({"sudo_user": sudo_user} if sudo_user else {})
