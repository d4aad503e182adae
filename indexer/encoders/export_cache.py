"""Exports of passage models in the user's cache: each takes half a minute and gigabytes, and is always the same."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from indexer.encoders.bundled_model import model_cache
from indexer.snapshot.encoder.open import ONNX
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import EncoderManifest, read_encoder_manifest
from indexer.snapshot.layout import EncoderLayout

_EXPORT_REVISION = "1"
"""Raised when `export.py` or `smoothing.py` make another export of the same model."""


def copy_cached_export(spec: EncoderSpec, layout: EncoderLayout) -> EncoderManifest | None:
    """Copy the export of a model into the empty folder of `layout`, and return its manifest; None if there is none.

    A damaged export counts as none.
    """
    cached = _cached(spec)
    try:
        manifest = read_encoder_manifest(cached.manifest)
        check_files(cached.root, manifest.files)
    except StoreError:
        return None
    shutil.copytree(cached.root, layout.root, dirs_exist_ok=True)
    return manifest


def keep_export(manifest: EncoderManifest, layout: EncoderLayout) -> None:
    """Copy an export to the user's cache, if there is room; a model that could not be exported is not kept."""
    if manifest.backend != ONNX:
        return
    cached = _cached(manifest.spec)
    with contextlib.suppress(OSError):
        cached.root.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{cached.root.name}-", dir=cached.root.parent))
        try:
            shutil.copytree(layout.root, partial, dirs_exist_ok=True)
            shutil.rmtree(cached.root, ignore_errors=True)
            partial.rename(cached.root)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _cached(spec: EncoderSpec) -> EncoderLayout:
    return EncoderLayout(model_cache() / "exports" / f"{spec.fingerprint}-{_EXPORT_REVISION}")
