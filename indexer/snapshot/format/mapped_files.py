"""Noticing that a file of an open version was shortened in place.

The index and large tensors are mapped into memory. A process that reads a page behind the new end of such a file is
ended by the system (SIGBUS), which no program can prevent. Published files are only ever replaced by renaming, so this
happens if somebody copies over them, or a file system loses their end.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from indexer.snapshot.format.manifest import EncoderManifest, Manifest
from indexer.snapshot.layout import StoreLayout


@dataclass(frozen=True, slots=True)
class MappedFiles:
    """The files of an open version and of its query encoder, with their inodes and sizes in bytes."""

    files: dict[Path, os.stat_result]

    @classmethod
    def of(cls, store: StoreLayout, manifest: Manifest, encoder: EncoderManifest) -> Self:
        """Return the files as they are now; call it when the version has just been checked and opened."""
        version_root = store.version(manifest.version).root
        encoder_root = store.encoder(encoder.spec.fingerprint).root
        paths = [version_root / name for name in manifest.files] + [encoder_root / name for name in encoder.files]
        return cls({path: path.stat() for path in paths if path.exists()})

    def find_shortened(self) -> Path | None:
        """Return a file that has lost bytes since; one that was removed or replaced is still there for its readers."""
        for path, before in self.files.items():
            try:
                now = path.stat()
            except OSError:
                continue
            if (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino) and now.st_size < before.st_size:
                return path
        return None
