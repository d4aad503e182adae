"""The commands `khabar store`: copying what is served to another store."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from indexer.options import Json, Store, print_json
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout

app = typer.Typer(no_args_is_help=True, help="Copy what is served to another store.")


@app.command("export")
def export_store(
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="The copy, a store; it is created or brought up to date.")
    ],
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Copy the published version, and all that serving it needs, to another folder."""
    _copy(StoreLayout(store), StoreLayout(target), "export", as_json=as_json)


@app.command("import")
def import_store(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="The store that is copied.")],
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Copy the published version of another store to this one, and publish it."""
    _copy(StoreLayout(source), StoreLayout(store), "import", as_json=as_json)


def _copy(source: StoreLayout, target: StoreLayout, action: str, *, as_json: bool) -> None:
    from indexer.store.audit import record_action
    from indexer.store.copy import copy_store

    done = copy_store(source, target)
    record_action(target, action, version=done.version, source=str(source.root.resolve()))
    if as_json:
        print_json(asdict(done))
        return
    parts = [f"{done.takedowns:,} taken down", *(["keys"] if done.keys else ()), *(["alerts"] if done.alerts else ())]
    typer.echo(
        f"{target.root} publishes {done.version}{'' if done.copied else ', which it had already'}; {', '.join(parts)}"
    )
