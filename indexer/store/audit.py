"""The audit log of a store: who took articles down, changed keys, rolled back or purged, and when.

One JSON object a line, appended and flushed to disk. It is for people; nothing reads it back.
"""

import getpass
import json
import os
import socket
from datetime import UTC, datetime
from typing import Any

from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.text.utc import utc_text


def record_action(store: StoreLayout, action: str, **details: Any) -> None:
    """Append one action, which has been done, to the audit log.

    Raises:
        OSError: the log cannot be written.
    """
    line = {"at": utc_text(datetime.now(UTC)), "user": _user(), "host": socket.gethostname(), "action": action}
    handle = os.open(store.audit_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, (json.dumps(line | details, ensure_ascii=False) + "\n").encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _user() -> str:
    """Return the login name of this process's user, or its number where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
