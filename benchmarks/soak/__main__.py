"""`python -m benchmarks.soak`: kill, damage, swap; then figures and report."""

import gzip
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console

from benchmarks import environment
from benchmarks.latency.server import end_servers_on_sigterm
from benchmarks.latency.workload import read_workload
from benchmarks.soak.commands import built
from benchmarks.soak.damage import Damage, damages
from benchmarks.soak.figures import damage_figures, kill_figures, swap_figures
from benchmarks.soak.kills import Kill, kills
from benchmarks.soak.report import write_report
from benchmarks.soak.swaps import SwapRun, swaps_under_load
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.store.versions import list_versions

app = typer.Typer(help="Faults on purpose.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/soak")
RECORDS, RUN, FIGURES = "records.json.gz", "run.json", "figures.json"
ALL = "kills,damage,swaps"

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that was seen."""

    kills: list[Kill]
    damages: list[Damage]
    swaps: SwapRun


@app.command()
def measure(
    articles: Annotated[Path, typer.Option(help="Articles to build from, JSON Lines; a small corpus.")],
    store: Annotated[Path, typer.Option(help="A store with two versions or more, to serve; as large as yours.")],
    queries: Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")],
    out: Out = RESULTS,
    n_kills: Annotated[int, typer.Option("--kills", min=1, help="Builds to kill.")] = 60,
    n_swaps: Annotated[int, typer.Option("--swaps", min=1, help="Versions to swap.")] = 20,
    n_requests: Annotated[int, typer.Option("--requests", min=1, help="Least requests meanwhile.")] = 10_000,
    clients: Annotated[int, typer.Option(min=1, help="Clients that ask.")] = 4,
    limit: Annotated[int, typer.Option(min=1, help="Distinct queries to ask.")] = 200,
    parts: Annotated[str, typer.Option(help="What to do; of the other parts the last run's records are kept.")] = ALL,
) -> None:
    """Kill builds, damage files and swap versions under load; write records, figures and report."""
    wanted = parts.split(",")
    if not set(wanted) <= set(ALL.split(",")):
        raise typer.BadParameter(f"{parts} are not parts of {ALL}", param_hint="--parts")
    before = None if parts == ALL else _read_records(out)
    say = Reporter(Console(stderr=True)).print_line
    texts = [query.text for query in read_workload(queries, limit)]
    first, second = list_versions(StoreLayout(store))[-2:]
    out.mkdir(parents=True, exist_ok=True)
    killed: list[Kill] = before.kills if before and "kills" not in wanted else []
    damaged: list[Damage] = before.damages if before and "damage" not in wanted else []
    with tempfile.TemporaryDirectory(prefix="khabar-soak-") as folder:
        scratch = Path(folder)
        if "kills" in wanted:
            for kill in kills(articles, scratch / "store", scratch, n_kills):
                killed.append(kill)
                say(f"killed after {kill.after_s:.1f} s ({kill.told}): {'nothing lost' if kill.nothing_lost else kill}")
        if "damage" in wanted:
            built(scratch / "store", articles)
            for damage in damages(scratch / "store", articles):
                damaged.append(damage)
                say(f"{damage.file} {damage.how}: {'noticed' if damage.noticed else 'NOT NOTICED'}")
    if before and "swaps" not in wanted:
        swapped = before.swaps
    else:
        say("swapping versions under load")
        swapped = swaps_under_load(
            store, (first, second), texts, n_swaps=n_swaps, n_requests=n_requests, clients=clients
        )
    records = Records(killed, damaged, swapped)
    (out / RECORDS).write_bytes(gzip.compress(TypeAdapter(Records).dump_json(records), mtime=0))
    run = environment.description("benchmarks.soak")
    if before:
        run["earlier"] = json.loads((out / RUN).read_text(encoding="utf-8"))
    (out / RUN).write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    records = _read_records(out)
    run = json.loads((out / RUN).read_text(encoding="utf-8"))
    killed, damaged = kill_figures(records.kills), damage_figures(records.damages)
    swapped = swap_figures(records.swaps)
    figures = {"kills": asdict(killed), "damages": asdict(damaged), "swaps": asdict(swapped)}
    (out / FIGURES).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_report(
        out / "report.md", killed, damaged, swapped, records.kills, records.damages, records.swaps.clients, run
    )


def _read_records(out: Path) -> Records:
    return TypeAdapter(Records).validate_json(gzip.decompress((out / RECORDS).read_bytes()))


if __name__ == "__main__":
    end_servers_on_sigterm()
    app()
