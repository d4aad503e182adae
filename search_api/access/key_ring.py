"""The keys of the service as they are now: made and revoked keys count within a second, without a restart."""

import logging
import time
from collections.abc import Sequence

from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.format.keys import ApiKey, find_key, read_keys
from indexer.snapshot.layout import StoreLayout

_LOOK_EVERY_S = 0.5

_log = logging.getLogger(__name__)


class KeyRing:
    """The keys of one store, read again when their file changes. It belongs to one event loop.

    Where there is a file of keys, or was one while this process ran, requests need a key. If the file is lost or
    damaged then, the keys of before stay valid and nobody else gets in.
    """

    def __init__(self, store: StoreLayout, *, required: bool = False) -> None:
        """Read the keys; with `required`, requests need one even if there is no file of keys.

        Raises:
            SnapshotDamaged: the file of keys cannot be read.
        """
        self._store = store
        self._state = self._file_state()
        self._keys: Sequence[ApiKey] = read_keys(store)
        self._required = required or bool(self._state)
        self._looked_at = time.monotonic()
        self._reported = ""

    @property
    def is_required(self) -> bool:
        """Whether requests need a key."""
        self._follow()
        return self._required

    def find(self, sent: str) -> ApiKey | None:
        """Return the key that was sent, or None if there is no such key."""
        self._follow()
        return find_key(self._keys, sent)

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        state = self._file_state()
        if state == self._state:
            return
        try:
            keys = self._read(state)
        except SnapshotDamaged as error:
            self._required = True
            if str(error) != self._reported:
                self._reported = str(error)
                _log.error("%s; the keys of before stay valid", error)
            return
        self._state, self._keys, self._reported = state, keys, ""
        self._required = self._required or bool(state)
        _log.info("%d keys are valid", len(keys))

    def _read(self, state: tuple[int, ...]) -> Sequence[ApiKey]:
        if not state and self._required:
            raise SnapshotDamaged(f"{self._store.keys} is gone")
        return read_keys(self._store)

    def _file_state(self) -> tuple[int, ...]:
        try:
            state = self._store.keys.stat()
        except OSError:
            return ()
        return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
