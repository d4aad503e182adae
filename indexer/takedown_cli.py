"""The commands `khabar index takedown` and `khabar index takedowns`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.options import Json, Store, print_json
from indexer.snapshot.errors import UsageError
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout

if TYPE_CHECKING:
    from indexer.snapshot.format.takedowns import Action

_MOST_COPIES = 20
"""Near-duplicates that are named on the terminal; --json has them all."""


def takedown(
    article_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ARTICLE_ID]...", help="Articles to take down.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="The articles of the published version at this address.")] = None,
    store: Store = DEFAULT_STORE,
    reason: Annotated[str, typer.Option(help="Why; it goes into the log.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Put the articles back.")] = False,
    with_copies: Annotated[
        bool, typer.Option("--with-copies", help="Their near-duplicates in the published version as well.")
    ] = False,
    future: Annotated[
        bool, typer.Option("--future", help="Ids may be unknown: their articles are still to come.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Return when every running service has confirmed; at most 30 seconds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Never serve some articles again, from now on and in every later build."""
    from indexer.store.audit import record_action
    from indexer.store.takedown import (
        articles_at,
        near_duplicates_of,
        record_takedowns,
        unknown_article_ids,
        wait_until_applied,
    )

    layout = StoreLayout(store)
    wanted = [*(article_ids or ()), *(articles_at(layout, url) if url else ())]
    if not wanted:
        raise UsageError("name articles by their ids, or by --url")
    action: Action = "undo" if undo else "takedown"
    copies = near_duplicates_of(layout, wanted)
    if with_copies:
        wanted, copies = [*wanted, *copies], []
    unknown = unknown_article_ids(layout, wanted, action)
    entries = record_takedowns(layout, wanted, action, reason)
    record_action(layout, action, article_ids=wanted, reason=reason)
    confirmed = wait_until_applied(layout) if wait else None
    if as_json:
        recorded = [asdict(entry) for entry in entries]
        print_json({"recorded": recorded, "unknown": unknown, "copies": copies, "confirmed": confirmed})
    else:
        missing = ", which was not taken down" if undo else ", which the published version does not have"
        for entry in entries:
            note = missing if entry.article_id in unknown else ""
            typer.echo(f"{'put back' if undo else 'taken down'}: {entry.article_id}{note}")
        if copies:
            named = ", ".join(copies[:_MOST_COPIES]) + (", …" if len(copies) > _MOST_COPIES else "")
            typer.echo(f"near-duplicates that stay findable (--with-copies takes them down too): {named}", err=True)
    if confirmed is False:
        typer.echo(
            "recorded, but a running service has not applied it within 30 seconds; its log and /readyz say why",
            err=True,
        )
    if confirmed is False or (unknown and not future):  # all is recorded
        raise typer.Exit(1)


def takedowns(
    accept: Annotated[
        bool, typer.Option("--accept", help="Go on with the log as it is, after lines of it were lost.")
    ] = False,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """List the articles that are taken down, with the time and the reason."""
    from indexer.snapshot.reader import read_takedowns

    if accept:
        from indexer.store.audit import record_action
        from indexer.store.takedown import accept_log

        kept, left_out = accept_log(StoreLayout(store))
        record_action(StoreLayout(store), "takedowns accepted", lines=kept, left_out=left_out)
        typer.echo(f"accepted {kept:,} lines of the log; {left_out:,} were no takedown", err=True)
    entries = list(read_takedowns(StoreLayout(store)).in_force().values())
    if as_json:
        print_json({"takedowns": [asdict(entry) for entry in entries]})
        return
    for entry in entries:
        typer.echo(f"{entry.at} {entry.article_id}" + (f" ({entry.reason})" if entry.reason else ""))
    typer.echo(f"{len(entries):,} taken down", err=True)
