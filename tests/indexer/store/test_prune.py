"""Removing old versions, and what no remaining version needs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.embedding.cache import EmbeddingCache, read_keys
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.errors import StoreLocked, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import open_snapshot
from indexer.store.prune import prune
from indexer.store.publish import publish
from indexer.store.staging import build_lock
from indexer.store.versions import list_versions
from tests.fakes import DIM, SPEC
from tests.indexer.store.conftest import NAMES


def test_pruning_fails_while_a_build_is_running(store: StoreLayout) -> None:
    with build_lock(store), pytest.raises(StoreLocked):
        prune(store, 1)


def test_pruning_does_not_create_a_missing_store(tmp_path: Path) -> None:
    missing = StoreLayout(tmp_path / "missing")
    with pytest.raises(StoreNotFound):
        prune(missing, 1)
    assert not missing.root.exists()


def test_pruning_keeps_the_newest(store: StoreLayout) -> None:
    pruned = prune(store, 2)
    assert pruned.removed == (NAMES[0],)
    assert list_versions(store) == NAMES[1:]
    assert {path.name for path in store.versions.iterdir()} == set(NAMES[1:])
    assert prune(store, 2).removed == ()


def test_pruning_fewer_versions_than_it_keeps_removes_nothing(store: StoreLayout) -> None:
    assert prune(store, 50).removed == ()
    assert list_versions(store) == NAMES


def test_pruning_never_removes_the_published_version(store: StoreLayout) -> None:
    publish(store, NAMES[0])
    assert prune(store, 1).removed == (NAMES[1],)
    assert list_versions(store) == (NAMES[0], NAMES[2])


def test_a_version_that_is_open_stays(store: StoreLayout) -> None:
    snapshot = open_snapshot(store.root, version=NAMES[0])
    pruned = prune(store, 1)
    assert (pruned.removed, pruned.in_use) == ((NAMES[1],), (NAMES[0],))
    assert snapshot.corpus.hits([ParagraphRow(0)])[0]
    snapshot.close()
    assert prune(store, 1).removed == (NAMES[0],)


def test_a_killed_process_does_not_keep_its_version(store: StoreLayout) -> None:
    code = (
        "import sys, time; from pathlib import Path; from indexer.snapshot.format.version_lock import lock_for_reading;"
        "lock = lock_for_reading(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(store.version(NAMES[0]).manifest)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        assert prune(store, 2).in_use == (NAMES[0],)
        process.kill()
    assert prune(store, 2).removed == (NAMES[0],)


def test_a_half_removed_version_is_removed_by_the_next_pruning(store: StoreLayout) -> None:
    left = store.versions / f".removing-{NAMES[0]}"
    store.version(NAMES[0]).root.rename(left)
    assert list_versions(store) == NAMES[1:]
    prune(store, 2)
    assert not left.exists()


def test_pruning_drops_vectors_and_encoders_that_no_version_needs(store: StoreLayout) -> None:
    known = read_keys(store.version(NAMES[2]).text_keys)
    vector = np.ones(DIM, dtype=np.float32)
    own = store.cache / f"{SPEC.fingerprint}-passage-fp32.sqlite"
    with EmbeddingCache(own, DIM) as cache:
        cache.put(dict.fromkeys([*known, b"0" * 16, b"1" * 16], vector))
    with EmbeddingCache(store.cache / "another-passage-fp32.sqlite", DIM) as cache:
        cache.put({b"2" * 16: vector})
    store.encoder("another").root.mkdir()
    pruned = prune(store, 3)
    assert (pruned.vectors, pruned.encoders) == (3, ("another",))
    assert [path.name for path in store.cache.iterdir()] == [own.name]
    with EmbeddingCache(own, DIM) as cache:
        assert cache.get([*known, b"0" * 16]).keys() == known
    open_snapshot(store.root).close()


def test_vectors_that_a_later_build_needs_are_kept(store: StoreLayout) -> None:
    own = store.cache / f"{SPEC.fingerprint}-passage-fp32.sqlite"
    with EmbeddingCache(own, DIM) as cache:
        cache.put({b"0" * 16: np.ones(DIM, dtype=np.float32)})
    killed = store.root / ".staging-killed"
    killed.mkdir()
    assert prune(store, 3).vectors == 0
    killed.rmdir()
    rejected = store.rejected / "20260104T000000Z-d"
    rejected.mkdir(parents=True)
    (rejected / "text_keys.bin").write_bytes(b"0" * 16)
    assert prune(store, 3).vectors == 0
    (rejected / "text_keys.bin").unlink()
    assert prune(store, 3).vectors == 1


def test_a_damaged_cache_does_not_stop_pruning(store: StoreLayout) -> None:
    store.cache.mkdir()
    (store.cache / f"{SPEC.fingerprint}-passage-fp32.sqlite").write_bytes(b"x" * 5_000)
    assert prune(store, 1).removed == NAMES[:2]


def test_nothing_is_dropped_from_the_cache_if_a_versions_vectors_are_unknown(store: StoreLayout) -> None:
    with EmbeddingCache(store.cache / f"{SPEC.fingerprint}-passage-fp32.sqlite", DIM) as cache:
        cache.put({b"0" * 16: np.ones(DIM, dtype=np.float32)})
    store.version(NAMES[1]).text_keys.unlink()
    assert prune(store, 3).vectors == 0
