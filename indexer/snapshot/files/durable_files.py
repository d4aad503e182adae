"""Writing files and making folders so that a power cut leaves the old content or the new one."""

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: str, *, mode: int | None = None) -> None:
    """Write a file; readers see the old content or the new one, never a part, even after a power cut.

    `mode` has its permissions, and the owner stays that of the old file, or is that of the folder; by default both
    follow this process.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        if mode is not None:
            _create_private(draft, path, mode)
        draft.write_text(content, encoding="utf-8")
        flush(draft)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)  # on a full disk, a part of a file is in the way of everything else
        raise
    flush(path.parent)


def _create_private(draft: Path, path: Path, mode: int) -> None:
    """Create an empty draft of `path` that only those may read who may read the file, whoever runs this."""
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.chmod(mode)
    owner = (path if path.exists() else path.parent).stat()
    with suppress(PermissionError):  # only root gives files away
        os.chown(draft, owner.st_uid, owner.st_gid)


def create_folder(path: Path) -> None:
    """Make a folder and the missing ones above it; after a power cut they are still there."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        flush(folder.parent)


def flush_tree(folder: Path) -> None:
    """Flush a folder and everything in it to disk."""
    for path in sorted(folder.rglob("*")):
        flush(path)
    flush(folder)


def flush(path: Path) -> None:
    """Flush the content of a file, or the entries of a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
