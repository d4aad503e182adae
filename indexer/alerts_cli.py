"""The command `khabar index alerts`."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from indexer import options
from indexer.options import Json, Store, print_json
from indexer.reporting.counted import counted
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout

if TYPE_CHECKING:
    from indexer.alerts.run import AlertRun  # needs the extra [index]
    from indexer.alerts.webhooks.deliver import DeliveryReport


def alerts(
    since: Annotated[
        str | None,
        typer.Option(help="Offer all paragraphs that this version lacks, even those offered before."),
    ] = None,
    allow_private_webhooks: Annotated[
        bool,
        typer.Option("--allow-private-webhooks", help="Also send to webhooks on this machine and in private networks."),
    ] = False,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Run the saved searches against the paragraphs that no earlier run has offered to them."""
    with options.needs_extra("running saved searches", "index"):
        from indexer.alerts.run import run_alerts
        from indexer.alerts.webhooks.deliver import deliver_alerts
        from indexer.alerts.webhooks.message import SECRET_VARIABLE

    layout = StoreLayout(store)
    run = run_alerts(layout, since)
    secret = os.environ.get(SECRET_VARIABLE)
    delivery = deliver_alerts(layout, run.webhooks, secret, allow_private=allow_private_webhooks)
    if as_json:
        _print_as_json(run, delivery)
    else:
        _print_lines(run, delivery)


def _print_as_json(run: "AlertRun", delivery: "DeliveryReport") -> None:
    alerts = [{name: value for name, value in asdict(alert).items() if name != "since"} for alert in run.alerts]
    files = {"lines": str(run.lines), "feed": str(run.feed)}
    webhooks = asdict(delivery) | {"given_up": run.n_given_up}
    print_json({"version": run.version, "since": run.since, "alerts": alerts, **files, "webhooks": webhooks})


def _print_lines(run: "AlertRun", delivery: "DeliveryReport") -> None:
    searches = "saved search" if run.n_searches == 1 else "saved searches"
    typer.echo(
        f"{counted(len(run.alerts), 'alert')} of {run.n_searches:,} {searches} "
        f"among {counted(run.n_new_paragraphs, 'new paragraph')} of {run.version} since {run.since}"
    )
    typer.echo(f"all alerts of {run.version} are in {run.lines} and {run.feed}")
    if delivery.delivered:
        typer.echo(f"{counted(delivery.delivered, 'alert')} delivered to webhooks")
    for problem in delivery.problems:
        typer.echo(f"khabar: {problem}", err=True)
    if delivery.waiting:
        typer.echo(
            f"khabar: {counted(delivery.waiting, 'alert')} not delivered yet; the next run tries again", err=True
        )
    if run.n_given_up:
        typer.echo(
            f"khabar: {counted(run.n_given_up, 'alert')} given up: found too long ago, or without a webhook now",
            err=True,
        )
