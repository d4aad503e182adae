"""`python -m benchmarks.memory`: serve stores of several sizes with several workers, and weigh them."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from pydantic import TypeAdapter
from rich.console import Console

from benchmarks import environment
from benchmarks.latency.closed_loop import run_closed
from benchmarks.latency.server import end_servers_on_sigterm, khabar_server
from benchmarks.latency.workload import read_workload, search_path
from benchmarks.markdown import mib, section, setting
from benchmarks.memory.figures import Held, fit, per_worker
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.store.status import read_status

app = typer.Typer(help="Memory of a server.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/memory")
RECORDS, RUN, FIGURES = "records.json", "run.json", "figures.json"
_CLIENTS = 16
_records = TypeAdapter(list[Held])

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    stores: Annotated[list[Path], typer.Option("--store", help="A store; give several of different sizes.")],
    queries: Annotated[list[Path], typer.Option(help="JSON Lines with `query` or `title`; .gz too.")],
    out: Out = RESULTS,
    workers: Annotated[str, typer.Option(help="Server processes to try with the last store.")] = "1,2,4",
    seconds: Annotated[float, typer.Option(min=1, help="Load before a server is weighed.")] = 15,
) -> None:
    """Weigh servers after some load, and write raw records, then figures and report."""
    say = Reporter(Console(stderr=True)).print_line
    paths = [search_path(query.text) for query in read_workload(queries)]
    out.mkdir(parents=True, exist_ok=True)
    held = []
    for store, n in [(store, 1) for store in stores] + [(stores[-1], int(n)) for n in workers.split(",") if int(n) > 1]:
        held.append(_weigh(store, n, paths, seconds))
        say(f"{held[-1].paragraphs:,} paragraphs, {n} workers: {mib(held[-1].pss_bytes)} MiB")
    (out / RECORDS).write_bytes(_records.dump_json(held, indent=1))
    run = environment.description("benchmarks.memory")
    (out / RUN).write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    held = _records.validate_json((out / RECORDS).read_bytes())
    run: dict[str, Any] = json.loads((out / RUN).read_text(encoding="utf-8"))
    line, added = fit(held), per_worker(held)
    figures = {"line": asdict(line), "per_worker_bytes": added}
    (out / FIGURES).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    rows = [
        [f"{one.paragraphs:,}", str(one.workers), mib(one.pss_bytes), mib(one.private_bytes), predicted]
        for one in held
        for predicted in [mib(int(line.predicted(one.paragraphs))) if one.workers == 1 else "-"]
    ]
    parts = [
        "# Memory of a server",
        f"PSS of all its processes after {_CLIENTS} clients have asked for a while. One worker holds\n\n"
        f"    {line.base_bytes / 2**20:,.0f} MiB + {line.per_paragraph_bytes:,.0f} bytes x paragraphs\n\n"
        f"which is off by {line.most_off:.0%} at most, up to {line.largest:,} paragraphs.",
        setting(run),
        section("Measured", [["paragraphs", "workers", "PSS MiB", "private MiB", "the line says"], *rows]),
        section(
            "One worker more", [["paragraphs", "adds MiB"], *([f"{n:,}", mib(int(more))] for n, more in added.items())]
        ),
    ]
    (out / "report.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _weigh(store: Path, workers: int, paths: Sequence[str], seconds: float) -> Held:
    status = read_status(StoreLayout(store))
    with (
        tempfile.TemporaryDirectory() as logs,
        khabar_server(store, workers=workers, cache=True, log=Path(logs, "server.log")) as server,
    ):
        run_closed(server.url, paths, clients=_CLIENTS, seconds=seconds)
        assert server.pid is not None  # noqa: S101  # it was started here
        memory = [process.memory_full_info() for process in _processes(server.pid)]
    return Held(
        status.current.counts.paragraphs, workers, sum(one.pss for one in memory), sum(one.uss for one in memory)
    )


def _processes(pid: int) -> Iterator[psutil.Process]:
    root = psutil.Process(pid)
    yield root
    yield from root.children(recursive=True)


if __name__ == "__main__":
    end_servers_on_sigterm()
    app()
