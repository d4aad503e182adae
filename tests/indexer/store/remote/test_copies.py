"""A store that is sent to another place, and brought from there: complete, checked, and never without takedowns."""

import json
from pathlib import Path
from typing import Any

import pytest

from indexer.snapshot.errors import KhabarError, SnapshotDamaged, StoreError, StoreNotFound, UsageError
from indexer.snapshot.format.keys import Scope, read_keys
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.format.sealed_json import write_sealed
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version, open_snapshot
from indexer.store.keys import create_key
from indexer.store.publish import publish
from indexer.store.remote.pull import pull_store
from indexer.store.remote.push import push_store
from indexer.store.remote.remote_store import THERE, RemoteStore, local_folder
from indexer.store.takedown import accept_log, record_takedowns
from indexer.store.versions import list_versions
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store
from tests.indexer.store.remote.conftest import FIRST, FOURTH, SECOND, THIRD


def hidden(store: StoreLayout) -> set[str]:
    with open_snapshot(store.root) as snapshot:
        return set(snapshot.hidden)


def test_what_is_sent_can_be_brought_and_served(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    _, key = create_key(store, "desk", [Scope.SEARCH], None)
    sent = push_store(store, place)
    assert (sent.version, sent.copied, sent.takedowns, sent.keys) == (FIRST, True, 1, True)
    brought = pull_store(place, copy)
    assert (brought.version, brought.copied, brought.takedowns, brought.keys) == (FIRST, True, 1, True)
    assert (current_version(copy), hidden(copy), read_keys(copy)) == (FIRST, {"en-moon"}, (key,))


def test_what_is_there_is_not_copied_again(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    push_store(store, place)
    pull_store(place, copy)
    files = {path: path.stat().st_ino for path in copy.version(FIRST).root.rglob("*")}
    record_takedowns(store, ["en-moon"], "takedown", "")
    assert not push_store(store, place).copied
    again = pull_store(place, copy)
    assert (again.copied, again.takedowns) == (False, 1)
    assert {path: path.stat().st_ino for path in copy.version(FIRST).root.rglob("*")} == files


def test_a_rollback_is_followed_without_files(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    push_store(store, place)
    pull_store(place, copy)
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    push_store(store, place)
    assert pull_store(place, copy).copied
    publish(store, FIRST)
    assert not push_store(store, place).copied
    assert not pull_store(place, copy).copied
    assert (current_version(copy), list_versions(copy)) == (FIRST, (FIRST, SECOND))


def test_older_versions_are_removed_there(store: StoreLayout, place: RemoteStore) -> None:
    push_store(store, place)
    for name in (SECOND, THIRD, FOURTH):
        publish_fake_store(store.root, ARTICLES[:3], version=name)
        push_store(store, place)
    assert place.folders(THERE.versions) == [SECOND, THIRD, FOURTH]
    publish(store, SECOND)
    push_store(store, place)
    assert place.folders(THERE.versions) == [SECOND, THIRD, FOURTH]


def test_takedowns_that_the_store_lacks_are_not_overwritten(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout
) -> None:
    push_store(store, place)
    pull_store(place, copy)
    record_takedowns(copy, ["en-moon"], "takedown", "")
    push_store(copy, place)
    with pytest.raises(StoreError, match=r"has takedowns that .* lacks: bring them here with `khabar store import"):
        push_store(store, place)
    pull_store(place, store)
    assert hidden(store) == {"en-moon"}
    push_store(store, place)


@pytest.mark.parametrize("lost", ["takedowns", "takedowns_head"])
def test_a_place_that_has_lost_its_takedowns_is_not_copied(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, lost: str
) -> None:
    record_takedowns(store, ["en-moon"], "takedown", "")
    push_store(store, place)
    place.remove(getattr(THERE, lost))
    with pytest.raises(SnapshotDamaged, match=r"memory://bucket/store.*may be missing in the log"):
        pull_store(place, copy)
    assert not copy.current.exists()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (THERE.version(FIRST).corpus, b"damaged"),
        (THERE.version(FIRST).corpus, None),
        (THERE.version(FIRST).manifest, b"{}"),
        (THERE.current, b"../outside"),
    ],
)
def test_what_arrives_damaged_is_not_published(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, path: Path, content: bytes | None
) -> None:
    push_store(store, place)
    if content is None:
        place.remove(path)
    else:
        place.write(path, content)
    with pytest.raises(KhabarError, match="memory://bucket/store"):
        pull_store(place, copy)
    assert not copy.current.exists()
    assert not list(copy.root.glob(".staging-*"))


def test_damage_in_the_copy_is_mended(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    push_store(store, place)
    pull_store(place, copy)
    copy.version(FIRST).corpus.write_bytes(b"damaged")
    assert pull_store(place, copy).copied
    assert hidden(copy) == set()


def test_no_file_is_written_outside_of_its_folder(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.store.remote import fetch

    push_store(store, place)

    def with_a_way_out(path: Path) -> Any:
        manifest = read_manifest(path)
        manifest.files["../../../outside"] = "0" * 64
        return manifest

    monkeypatch.setattr(fetch, "read_manifest", with_a_way_out)
    with pytest.raises(SnapshotDamaged, match="no file of its own folder"):
        pull_store(place, copy)


def test_nothing_is_published_in_an_empty_place(place: RemoteStore, copy: StoreLayout) -> None:
    with pytest.raises(StoreNotFound, match="nothing is published at memory://bucket/store"):
        pull_store(place, copy)
    assert not copy.root.exists()


def test_a_reader_sees_a_whole_store_after_every_file_that_is_sent(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_store(store, place)
    publish_fake_store(store.root, ARTICLES[:3], version=SECOND)
    record_takedowns(store, ["en-moon"], "takedown", "")
    seen = []

    def looking(send: Any) -> Any:
        def sent(*arguments: Any) -> None:
            send(*arguments)
            seen.append(pull_store(place, copy).version)

        return sent

    for name in ("write", "send"):
        monkeypatch.setattr(place, name, looking(getattr(place, name)))
    push_store(store, place)
    assert sorted(set(seen)) == [FIRST, SECOND]
    assert seen.count(SECOND) == 1  # CURRENT is the last file
    assert hidden(copy) == {"en-moon"}


def test_folders_are_told_from_other_places() -> None:
    assert local_folder("s3-copy/store") == Path("s3-copy/store")
    assert local_folder("file:///mnt/share/store") == Path("/mnt/share/store")
    assert local_folder("memory://bucket/store") is None


def test_an_address_that_nothing_reaches_says_so() -> None:
    with pytest.raises(UsageError, match=r"^nowhere://x: "):
        RemoteStore("nowhere://x")


@pytest.mark.parametrize("address", ["s3://[x/store", "simplecache::memory://reader:secret@bucket/store"])
def test_an_address_that_is_none_says_so(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        RemoteStore(address)
    assert "secret@" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_an_error(
    store: StoreLayout, place: RemoteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_arguments: Any, **_options: Any) -> None:
        raise FileNotFoundError("The specified bucket does not exist")

    monkeypatch.setattr(place._fs, "put_file", missing)
    with pytest.raises(StoreError, match="cannot be written: The specified bucket does not exist"):
        push_store(store, place)


def test_takedowns_that_were_given_up_do_not_stop_an_export(store: StoreLayout, place: RemoteStore) -> None:
    record_takedowns(store, ["en-moon", "en-canal"], "takedown", "")
    push_store(store, place)
    lines = store.takedowns.read_bytes().splitlines(keepends=True)
    store.takedowns.write_bytes(lines[0])
    accept_log(store)
    push_store(store, place)
    assert len((place.read(THERE.takedowns) or b"").splitlines()) == 1


def test_encoders_that_no_version_needs_are_removed_there(store: StoreLayout, place: RemoteStore) -> None:
    place.write(THERE.encoder("old").manifest, b"{}")
    push_store(store, place)
    assert len(place.folders(THERE.encoders)) == 1
    assert place.read(THERE.encoder("old").manifest) is None


def test_a_version_that_is_removed_in_part_is_sent_again(store: StoreLayout, place: RemoteStore) -> None:
    push_store(store, place)
    place.remove(THERE.version(FIRST).manifest)
    place.remove(THERE.version(FIRST).corpus)
    assert push_store(store, place).copied
    assert place.read(THERE.version(FIRST).corpus) is not None


def test_a_damaged_encoder_of_the_copy_is_mended(store: StoreLayout, place: RemoteStore, copy: StoreLayout) -> None:
    push_store(store, place)
    pull_store(place, copy)
    next(path for path in copy.encoders.rglob("*") if path.name == "weights").write_text("damaged", encoding="utf-8")
    pull_store(place, copy)
    assert hidden(copy) == set()


def test_a_version_of_the_same_name_with_other_content_is_brought(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, tmp_path: Path
) -> None:
    push_store(store, place)
    pull_store(place, copy)
    publish_fake_store(tmp_path / "other", ARTICLES[:2], version=FIRST)
    place.remove(THERE.version(FIRST).root)
    push_store(StoreLayout(tmp_path / "other"), place)
    assert pull_store(place, copy).copied
    with open_snapshot(copy.root) as snapshot:
        assert snapshot.manifest.counts.articles == 2


@pytest.mark.parametrize("fingerprint", ["../../victim", "../versions", ".hidden"])
def test_an_encoder_is_never_written_outside_of_its_folder(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout, fingerprint: str
) -> None:
    push_store(store, place)
    path = THERE.version(FIRST).manifest
    content = json.loads(place.read(path) or b"")
    del content["sha256"]
    content["query_encoder"] = {**(content["query_encoder"] or content["encoder"]), "fingerprint": fingerprint}
    write_sealed(store.root / "forged.json", content)
    place.write(path, (store.root / "forged.json").read_bytes())
    with pytest.raises(SnapshotDamaged, match="is no name of an encoder"):
        pull_store(place, copy)


def test_a_manifest_of_another_version_is_not_published(
    store: StoreLayout, place: RemoteStore, copy: StoreLayout
) -> None:
    push_store(store, place)
    place.write(THERE.version(SECOND).manifest, place.read(THERE.version(FIRST).manifest) or b"")
    place.write(THERE.current, SECOND.encode())
    with pytest.raises(SnapshotDamaged, match=f"of version {SECOND} describes version {FIRST}"):
        pull_store(place, copy)


def test_credentials_are_not_told() -> None:
    assert RemoteStore("memory://reader:secret@bucket/store?token=x").name == "memory://bucket/store"


def test_a_fault_of_the_place_names_the_file(place: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("slow down")

    monkeypatch.setattr(place._fs, "cat_file", failing)
    with pytest.raises(StoreError, match="memory://bucket/store/CURRENT cannot be read: slow down"):
        place.read(THERE.current)
