"""JSON documents with a sha256 over their own content, so that damage to them is noticed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indexer.snapshot.errors import SnapshotDamaged

_SEAL = "sha256"


def write_sealed(path: Path, content: Mapping[str, Any]) -> None:
    """Write a document as indented JSON, with a sha256 over its content.

    Raises:
        OSError: the file cannot be written.
    """
    sealed = {**content, _SEAL: _seal(content)}
    path.write_text(json.dumps(sealed, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def check_seal(path: Path, content: dict[str, Any]) -> None:
    """Remove the sha256 from the content that was read from a file, and check it.

    Raises:
        SnapshotDamaged: it is missing, or that of another content.
    """
    if content.pop(_SEAL, None) != _seal(content):
        raise SnapshotDamaged(f"{path} is damaged: its content does not match its own sha256")


def _seal(content: Mapping[str, Any]) -> str:
    """Return the sha256 over a document, whatever its order and white space."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
