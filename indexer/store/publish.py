"""From a staging folder to the published version: whole folders are renamed, then CURRENT is replaced.

Only the last step changes what readers see. A build that stops before it leaves CURRENT as it was.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from indexer.snapshot.errors import BuildError
from indexer.snapshot.files.durable_files import create_folder, flush, flush_tree, write_atomically
from indexer.snapshot.layout import EncoderLayout, StoreLayout, VersionLayout


def install_encoder(store: StoreLayout, staged: Path, fingerprint: str) -> EncoderLayout:
    """Move a finished query encoder from staging to its place, and replace the one that is there."""
    layout = store.encoder(fingerprint)
    flush_tree(staged)
    if layout.root.exists():
        layout.root.rename(staged.with_name(f"{staged.name}.replaced"))  # removed with the staging folder
    staged.rename(layout.root)
    flush(store.encoders)
    return layout


def install_version(store: StoreLayout, staged: Path, version: str) -> VersionLayout:
    """Move a finished version from staging to its place; CURRENT does not change yet.

    Raises:
        BuildError: a version of that name exists; versions are never replaced.
    """
    layout = store.version(version)
    if layout.root.exists():
        raise BuildError(f"version {version} exists already in {store.root}")
    flush_tree(staged)
    staged.rename(layout.root)
    flush(store.versions)
    return layout


def reject_version(store: StoreLayout, staged: Path, version: str, reasons: Sequence[str]) -> Path:
    """Move a version that failed the gate from staging to `rejected/`, and return its new path.

    The reasons are written beside it. Only the last rejected version is kept.
    """
    shutil.rmtree(store.rejected, ignore_errors=True)
    path = store.rejected / version
    create_folder(store.rejected)
    flush_tree(staged)
    staged.rename(path)
    write_atomically(store.rejected / "reasons.txt", "".join(f"{reason}\n" for reason in reasons))
    return path


def publish(store: StoreLayout, version: str) -> None:
    """Write the name of a version to CURRENT; readers follow it."""
    write_atomically(store.current, f"{version}\n")
