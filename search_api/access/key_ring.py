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

    Once there was a key, a service never answers without one: a file of keys that is lost, emptied or damaged lets
    nobody new in.
    """

    def __init__(self, store: StoreLayout) -> None:
        """Read the keys.

        Raises:
            SnapshotDamaged: the file of keys cannot be read.
        """
        self._store = store
        self._state = self._file_state()
        self._keys: Sequence[ApiKey] = read_keys(store)
        self._required = bool(self._keys)
        self._looked_at = time.monotonic()

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
        self._state = state
        try:
            keys = read_keys(self._store)
        except SnapshotDamaged as error:
            _log.error("%s; the keys of before stay valid", error)
            return
        if not state and self._required:
            _log.error("%s is gone; the keys of before stay valid", self._store.keys)
            return
        self._keys = keys
        self._required = self._required or bool(keys)
        _log.info("%d keys are valid", len(keys))

    def _file_state(self) -> tuple[int, ...]:
        try:
            state = self._store.keys.stat()
        except OSError:
            return ()
        return state.st_ino, state.st_size, state.st_mtime_ns
