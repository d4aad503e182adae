"""The commands `khabar store`: copying what is served to another store."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.options import Json, Store, print_json
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout

if TYPE_CHECKING:
    from indexer.store.copy import CopyResult

app = typer.Typer(no_args_is_help=True, help="Copy what is served to another place, or from there.")

_PLACE = "a folder, or an address such as s3://bucket/store"


@app.command("export")
def export_store(
    target: Annotated[
        str, typer.Argument(metavar="PLACE", help=f"The copy, a store; it is created or brought up to date: {_PLACE}.")
    ],
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Copy the published version, and all that serving it needs, to another place."""
    from indexer.store.audit import record_action
    from indexer.store.copy import copy_store
    from indexer.store.remote.push import push_store
    from indexer.store.remote.remote_store import RemoteStore, local_folder

    source, folder = StoreLayout(store), local_folder(target)
    if folder is None:
        there = RemoteStore(target)
        done = push_store(source, there)
        record_action(source, "export", version=done.version, target=there.name)
        _say_done(there.name, done, as_json=as_json)
        return
    copy = StoreLayout(folder)
    done = copy_store(source, copy)
    record_action(copy, "export", version=done.version, source=str(store.resolve()))
    _say_done(target, done, as_json=as_json)


@app.command("import")
def import_store(
    source: Annotated[str, typer.Argument(metavar="PLACE", help=f"The store that is copied: {_PLACE}.")],
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Copy the published version of another store to this one, and publish it."""
    from indexer.store.audit import record_action
    from indexer.store.copy import copy_store
    from indexer.store.remote.pull import pull_store
    from indexer.store.remote.remote_store import RemoteStore, local_folder

    copy, folder = StoreLayout(store), local_folder(source)
    if folder is None:
        there = RemoteStore(source)
        done, name = pull_store(there, copy), there.name
    else:
        done, name = copy_store(StoreLayout(folder), copy), str(folder.resolve())
    record_action(copy, "import", version=done.version, source=name)
    _say_done(str(store), done, as_json=as_json)


def _say_done(place: str, done: "CopyResult", *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done))
        return
    parts = [f"{done.takedowns:,} taken down", *(["keys"] if done.keys else ()), *(["alerts"] if done.alerts else ())]
    typer.echo(f"{place} publishes {done.version}{'' if done.copied else ', which it had already'}; {', '.join(parts)}")
