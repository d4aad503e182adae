"""Checksums of the files of a version or encoder, and one digest over all of them."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from indexer.snapshot.errors import SnapshotDamaged


def checksums(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Return the sha256 of every file, keyed by its path below `root`, sorted by that path."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in sorted(paths)}


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_digest(files: Mapping[str, str]) -> str:
    """Return one sha256 over names and checksums, in hexadecimal: equal content, equal digest."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def check_files(root: Path, files: Mapping[str, str]) -> None:
    """Compare every file below `root` with its checksum.

    Raises:
        SnapshotDamaged: a file is missing or altered; the message names it.
    """
    for name, expected in sorted(files.items()):
        path = root / name
        try:
            actual = sha256_file(path)
        except OSError as error:
            raise SnapshotDamaged(f"{path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise SnapshotDamaged(f"the manifest in {root} names {name!r}, which is no name of a file") from error
        if actual != expected:
            raise SnapshotDamaged(f"{path} is damaged: its sha256 is not the one in the manifest")
