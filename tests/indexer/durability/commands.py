"""Commands that change a store, and what can be seen of a store afterwards."""

import io
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from indexer.snapshot.errors import KhabarError, StoreNotFound
from indexer.snapshot.format.alerts import read_alerts
from indexer.snapshot.format.keys import read_keys
from indexer.snapshot.format.takedowns import expected_head
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import check_version, check_version_at, open_snapshot, read_takedowns
from indexer.snapshot.saved_searches.changes import add_saved_search, remove_saved_search, replace_saved_search
from indexer.snapshot.saved_searches.saved_search import SavedSearch
from indexer.snapshot.saved_searches.saved_search_file import read_saved_searches
from indexer.store.publish import publish, reject_version
from indexer.store.staging import build_lock, staging_folder
from indexer.store.takedown import record_takedowns
from indexer.store.versions import list_versions
from search_api.cli import main
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

Step = Callable[[StoreLayout], None]
Seen = Mapping[str, object]
"""What can be seen of a store, by subject; a subject that is missing is seen as None."""


class CommandFailed(KhabarError):
    """A command ended with another exit status than 0, and one line that says why."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps within which the power is cut, and one more with which people go on after that.

    `prepare` makes the store before the first step; it is on the disk as a whole. `unsettled` are subjects that may
    have any value within a step. `purged` is a text of which the last step leaves no byte.
    """

    name: str
    prepare: Step
    steps: tuple[Step, ...]
    proceed: Step
    unsettled: frozenset[str] = frozenset()
    purged: bytes = b""


def store_below(folder: Path) -> StoreLayout:
    """Return the store of a scenario; its parent folder is missing before the first build."""
    return StoreLayout(folder / "news" / "store")


def khabar(*arguments: str) -> Step:
    """Return a step that runs a command as the command line does."""

    def run(store: StoreLayout) -> None:
        errors = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()), redirect_stderr(errors):
            patch.setattr(sys, "argv", ["khabar", *arguments, "--store", str(store.root)])
            with pytest.raises(SystemExit) as ended:
                main()
        if ended.value.code:
            (line,) = errors.getvalue().splitlines()
            assert line.startswith("khabar: ")
            raise CommandFailed(line)

    return run


def build(version: str) -> Step:
    """Return a step that builds and publishes a version; later ones have more articles."""

    def run(store: StoreLayout) -> None:
        publish_fake_store(store.root, ARTICLES[: 1 + int(version[1:])], version=version)

    return run


def reject(version: str) -> Step:
    """Return a step that rejects a version, as a build does after its gate."""

    def run(store: StoreLayout) -> None:
        with build_lock(store), staging_folder(store) as staging:
            shutil.copytree(store.version("v1").root, staging / "version")
            reject_version(store, staging / "version", version, ["it is too small"])

    return run


def nothing(store: StoreLayout) -> None:
    """Prepare no store."""


def versions(*names: str) -> Step:
    """Return a preparation: a store with these versions, the last one published."""

    def run(store: StoreLayout) -> None:
        for name in names:
            build(name)(store)

    return run


def with_unneeded_encoder(store: StoreLayout) -> None:
    versions("v1", "v2")(store)
    shutil.copytree(store.encoders / "fakefakefakefake", store.encoders / "unneeded")


def with_a_text_to_purge(store: StoreLayout) -> None:
    """Publish a version without an article that earlier ones, the rejected one and alerts have."""
    with_saved_searches(store)
    khabar("index", "alerts")(store)
    khabar("index", "takedown", "en-canal")(store)
    reject("v4")(store)
    others = [article for article in ARTICLES if article.id != "en-canal"]
    publish_fake_store(store.root, others, version="v4")


def with_a_shortened_log(store: StoreLayout) -> None:
    versions("v1")(store)
    khabar("index", "takedown", "en-canal", "ar-treaty")(store)
    lines = store.takedowns.read_bytes().splitlines(keepends=True)
    store.takedowns.write_bytes(lines[0])


def with_saved_searches(store: StoreLayout) -> None:
    versions("v1", "v2", "v3")(store)
    store.saved_searches.write_text('{"id": "all", "query": "moon", "min_relevance": 0}\n', encoding="utf-8")
    publish(store, "v2")


def roll_back_and_take_down(store: StoreLayout) -> None:
    khabar("index", "rollback", "v1")(store)
    khabar("index", "takedown", "en-canal")(store)


def without_audit(store: StoreLayout) -> None:
    """Take down as the command does, which then writes to the audit log; a takedown holds before that."""
    record_takedowns(store, ["ar-quake"], "takedown", "")


def other(store: StoreLayout) -> StoreLayout:
    """Return the store that is copied to this one."""
    return StoreLayout(store.root.with_name("other"))


def with_another_store(store: StoreLayout) -> None:
    with_saved_searches(other(store))
    khabar("index", "alerts")(other(store))
    khabar("index", "takedown", "en-canal")(other(store))
    khabar("keys", "new", "--name", "page")(other(store))


def import_other(store: StoreLayout) -> None:
    khabar("store", "import", str(other(store).root))(store)


def saved_search(search_id: str) -> SavedSearch:
    return SavedSearch(id=search_id, query="زلزال")


def publish_and_run_alerts(store: StoreLayout) -> None:
    publish(store, "v3")
    khabar("index", "alerts")(store)


SCENARIOS = (
    Scenario("first build", nothing, (build("v1"),), build("v3")),
    Scenario("build", versions("v1"), (build("v2"),), build("v3")),
    Scenario("rejected build", versions("v1"), (reject("v2"),), build("v3")),
    Scenario(
        "rollback",
        versions("v1", "v2"),
        (khabar("index", "rollback"), khabar("index", "rollback", "v2")),
        roll_back_and_take_down,
    ),
    Scenario(
        "takedown",
        versions("v1"),
        (
            khabar("index", "takedown", "en-canal"),
            khabar("index", "takedown", "ar-treaty", "--reason", "court order"),
            khabar("index", "takedown", "--undo", "en-canal"),
            without_audit,
        ),
        khabar("index", "takedown", "--future", "later"),
    ),
    Scenario(
        "acceptance of a shortened log",
        with_a_shortened_log,
        (khabar("index", "takedowns", "--accept"), khabar("index", "takedown", "ar-treaty")),
        khabar("index", "takedowns", "--accept"),
        unsettled=frozenset({"least number of takedowns"}),  # the old one is given up first
    ),
    Scenario("pruning", with_unneeded_encoder, (khabar("index", "prune", "--keep", "1"),), build("v3")),
    Scenario(
        "purging",
        with_a_text_to_purge,
        (khabar("index", "prune", "--keep", "4", "--purge"),),
        khabar("index", "prune", "--keep", "4", "--purge"),
        unsettled=frozenset({"files with the text", "versions", "versions without files of alerts"}),
        purged=b"closed for six days while crews",
    ),
    Scenario(
        "alerts",
        with_saved_searches,
        (khabar("index", "alerts"), lambda store: publish(store, "v3"), khabar("index", "alerts")),
        publish_and_run_alerts,
        unsettled=frozenset({"versions without files of alerts"}),  # they follow the history
    ),
    Scenario(
        "saved searches",
        with_saved_searches,
        (
            lambda store: add_saved_search(store, saved_search("quake")),
            lambda store: replace_saved_search(store, saved_search("all")),
            lambda store: remove_saved_search(store, "all"),
        ),
        lambda store: add_saved_search(store, saved_search("later")),
    ),
    Scenario("import", with_another_store, (import_other,), import_other),
    Scenario(
        "keys",
        versions("v1"),
        (
            khabar("keys", "new", "--name", "page"),
            khabar("keys", "new", "--name", "ops", "--scope", "operate"),
            khabar("keys", "revoke", "page"),
        ),
        khabar("keys", "new", "--name", "later"),
    ),
)


def see(store: StoreLayout) -> Seen:
    """Return what can be seen of a store; no two subjects depend on each other."""
    return see_versions(store) | see_logs(store)


def see_versions(store: StoreLayout) -> dict[str, object]:
    """Return what is published, without which articles, and which versions cannot be used."""
    names = list_versions(store) if store.versions.exists() else ()
    return {
        "published": _or_error(lambda: _published(store)),
        "versions": names,
        "damaged versions": [name for name in names if _is_damaged(store, name)],
        "takedowns": _or_error(lambda: sorted(read_takedowns(store).in_force())),
        "least number of takedowns": _or_error(lambda: sum(head.lines for head in expected_head(store))),
    }


def see_logs(store: StoreLayout) -> dict[str, object]:
    """Return keys, audited actions, saved searches, alerts and the last rejected version."""
    return {
        "keys": _or_error(lambda: sorted(key.name for key in read_keys(store))),
        "audit log": _or_error(lambda: _audited(store)),
        "alerts": _or_error(lambda: _alerts(store)),
        "saved searches": _or_error(lambda: [(saved.id, saved.query) for saved in read_saved_searches(store)]),
        **{f"alerts/{path.name}": _alerts_in(path) for path in (store.root / "alerts").glob("[!.]*")},
        "versions without files of alerts": _or_error(lambda: _versions_without_files(store)),
        "rejected": _rejected(store),
    }


def _or_error(look: Callable[[], object]) -> object:
    try:
        return look()
    except StoreNotFound:
        return None
    except KhabarError as error:
        return type(error).__name__


def _published(store: StoreLayout) -> object:
    with open_snapshot(store.root) as snapshot:
        return snapshot.manifest.version, sorted(snapshot.hidden)


def _is_damaged(store: StoreLayout, version: str) -> bool:
    try:
        check_version(store, version)
    except KhabarError:
        return True
    return False


def _audited(store: StoreLayout) -> list[str]:
    """Return the actions in the audit log; a line of which the disk has a part only is that of no confirmed action."""
    if not store.audit_log.exists():
        return []
    lines = store.audit_log.read_bytes().splitlines()
    return [f"{entry['action']} {entry.get('name')}" for entry in map(_parsed, lines) if entry]


def _parsed(line: bytes) -> dict[str, object] | None:
    try:
        parsed: dict[str, object] = json.loads(line)
    except ValueError:
        return None
    return parsed


def _alerts(store: StoreLayout) -> list[tuple[str, str]]:
    return [(alert.version, alert.paragraph.id) for alert in read_alerts(store.alert_ledger)]


def _versions_without_files(store: StoreLayout) -> list[str]:
    """Return the versions whose alerts in the history are not those in their files."""
    alerts = _alerts(store)
    wanted = {name: [alert for version, alert in alerts if version == name] for name, _ in alerts}
    paths = {name: (store.alerts(name), store.alerts_feed(name)) for name in wanted}
    return [
        name
        for name, (lines, feed) in paths.items()
        if not (feed.exists() and lines.exists() and _alerts_in(lines) == wanted[name])
    ]


def _alerts_in(path: Path) -> object:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line)["paragraph"]["id"] for line in text.splitlines()]
    with suppress(ElementTree.ParseError):
        return len(list(ElementTree.fromstring(text)))
    return "damaged"


def _rejected(store: StoreLayout) -> object:
    """Return the rejected version with the reasons; None if a part of it is missing."""
    with suppress(OSError, ValueError, KhabarError):
        (folder,) = (path for path in store.rejected.iterdir() if path.is_dir())
        reasons = (store.rejected / "reasons.txt").read_text(encoding="utf-8")
        check_version_at(store, VersionLayout(folder))
        return (folder.name, reasons) if reasons else None
    return None
