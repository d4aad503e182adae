"""The commands `khabar keys`."""

from dataclasses import asdict
from typing import Annotated

import typer

from indexer.options import Json, Store, print_json
from indexer.snapshot.errors import UsageError
from indexer.snapshot.format.keys import ApiKey, Scope, read_keys
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout

app = typer.Typer(no_args_is_help=True, help="Keys of the service.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the key.")]


@app.command()
def new(
    name: Annotated[str, typer.Option(help="A name for the key: whose it is, or what uses it.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it is good for; may be repeated. By default search.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(metavar="N/UNIT", help="How often it may be used, such as 600/minute.")
    ] = None,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    from indexer.store.keys import create_key

    _check_rate(rate)
    sent, entry = create_key(StoreLayout(store), name, scope or [Scope.SEARCH], rate)
    if as_json:
        print_json({"key": sent, **_public(entry)})
    else:
        typer.echo(sent)
        typer.echo(f"key {name} for {', '.join(entry.scopes)}; it is not stored, so keep it now", err=True)


@app.command("list")
def list_keys(store: Store = DEFAULT_STORE, as_json: Json = False) -> None:
    """List the keys, without their secrets."""
    keys = read_keys(StoreLayout(store))
    if as_json:
        print_json({"keys": [_public(key) for key in keys]})
        return
    for key in keys:
        typer.echo(f"{key.created_at} {key.name} ({', '.join(key.scopes)}{f', {key.rate}' if key.rate else ''})")
    typer.echo(f"{len(keys):,} keys", err=True)


@app.command()
def revoke(name: Name, store: Store = DEFAULT_STORE) -> None:
    """Revoke a key: a running service refuses it at once."""
    from indexer.store.keys import revoke_key

    revoke_key(StoreLayout(store), name)
    typer.echo(f"revoked: {name}")


def _public(key: ApiKey) -> dict[str, object]:
    return {name: value for name, value in asdict(key).items() if name != "digest"}


def _check_rate(rate: str | None) -> None:
    from limits import parse

    try:
        if rate is not None:
            parse(rate)
    except ValueError as error:
        raise UsageError(f"--rate: {rate!r} is not a rate such as 600/minute or 10/second") from error
