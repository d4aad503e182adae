"""Where a build works: alone in the store, in a staging folder that no reader looks at."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import Timeout

from indexer.snapshot.errors import StoreError, StoreLocked
from indexer.snapshot.files.durable_files import create_folder
from indexer.snapshot.files.locks import locked
from indexer.snapshot.format.takedown_confirmation import prepare_confirmation
from indexer.snapshot.layout import StoreLayout

STAGING_PREFIX = ".staging-"
"""The names of staging folders begin with this; a killed build leaves one behind."""


@contextmanager
def build_lock(store: StoreLayout) -> Iterator[None]:
    """Hold the store's lock, and create the store if it does not exist.

    The operating system releases the lock when the process ends, for whatever reason.

    Raises:
        StoreLocked: another build holds the lock.
        StoreError: the store's folder cannot be created or written to, or its file system has no locks.
    """
    held = ExitStack()
    try:
        for folder in (store.root, store.versions, store.encoders):
            create_folder(folder)
        prepare_confirmation(store)  # before a service opens the store, which may not be allowed to
        held.enter_context(locked(store.lock, timeout_s=0))
    except Timeout as error:
        raise StoreLocked(f"another build is running in {store.root}; try again when it has ended") from error
    except OSError as error:
        raise StoreError(f"the store {store.root} cannot be written: {error.strerror or error}") from error
    with held:
        yield


@contextmanager
def staging_folder(store: StoreLayout) -> Iterator[Path]:
    """Yield an empty folder inside the store; after the block it is removed, unless it was renamed.

    Folders of killed builds are removed first, so the caller must hold the lock.
    """
    for abandoned in store.root.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=store.root))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
