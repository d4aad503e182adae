"""Keys on the command line and in their file."""

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from indexer.snapshot.errors import SnapshotDamaged, StoreError, StoreNotFound, UsageError
from indexer.snapshot.format.keys import Scope, find_key, read_keys
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key, revoke_key
from search_api.cli import app

runner = CliRunner()


def keys(store: Path, *arguments: str) -> str:
    """Run `khabar keys` and return its standard output."""
    done = runner.invoke(app, ["keys", *arguments, "--store", str(store)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_file_has_digests_and_is_no_business_of_others(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    sent, entry = create_key(store, "page", [Scope.SEARCH], None)
    text = store.keys.read_text(encoding="utf-8")
    assert sent.rpartition("_")[2] not in text
    assert entry.digest in text
    assert stat.S_IMODE(store.keys.stat().st_mode) == 0o640
    assert find_key(read_keys(store), sent) == entry


def test_a_key_is_made_listed_and_revoked(tmp_path: Path) -> None:
    sent = keys(tmp_path, "new", "--name", "page").strip()
    made = json.loads(
        keys(
            tmp_path, "new", "--name", "ops", "--scope", "operate", "--scope", "search", "--rate", "10/second", "--json"
        )
    )
    assert made["scopes"] == ["operate", "search"]
    listed = json.loads(keys(tmp_path, "list", "--json"))["keys"]
    assert [(key["name"], key["scopes"], key["rate"]) for key in listed] == [
        ("page", ["search"], None),
        ("ops", ["operate", "search"], "10/second"),
    ]
    assert "digest" not in listed[0]
    assert "page (search)" in keys(tmp_path, "list")
    assert "ops (operate, search, 10/second)" in keys(tmp_path, "list")
    keys(tmp_path, "revoke", "page")
    assert find_key(read_keys(StoreLayout(tmp_path)), sent) is None
    assert [key.name for key in read_keys(StoreLayout(tmp_path))] == ["ops"]


def test_the_audit_log_says_who_made_which_key(tmp_path: Path) -> None:
    keys(tmp_path, "new", "--name", "page")
    keys(tmp_path, "revoke", "page")
    lines = [json.loads(line) for line in StoreLayout(tmp_path).audit_log.read_text(encoding="utf-8").splitlines()]
    assert [(line["action"], line["name"]) for line in lines] == [("key created", "page"), ("key revoked", "page")]
    assert all(line["user"] and line["at"].endswith("Z") for line in lines)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    create_key(store, "page", [Scope.SEARCH], None)
    with pytest.raises(UsageError, match="there is a key 'page' already"):
        create_key(store, "page", [Scope.SEARCH], None)
    with pytest.raises(UsageError, match="is not a name of up to 64"):
        create_key(store, "a\nb", [Scope.SEARCH], None)
    with pytest.raises(StoreError, match="no key has the name 'absent'"):
        revoke_key(store, "absent")
    with pytest.raises(StoreNotFound):
        create_key(StoreLayout(tmp_path / "absent"), "page", [Scope.SEARCH], None)
    with pytest.raises(UsageError, match="'often' is not a rate such as 600/minute"):
        keys(tmp_path, "new", "--name", "other", "--rate", "often")
    store.keys.write_text("{")
    with pytest.raises(SnapshotDamaged, match="restore it, or remove it"):
        read_keys(store)
