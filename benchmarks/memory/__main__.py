"""`python -m benchmarks.memory`: `measure` serves stores of several sizes and reads their servers' memory."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.markdown import mib
from benchmarks.harness.options import Queries, whole_numbers
from benchmarks.load.closed_loop import run_closed
from benchmarks.load.server import khabar_server, processes_of
from benchmarks.load.workload import read_workload, search_path
from benchmarks.memory.figures import ServerMemory, compute
from benchmarks.memory.report import CLIENTS, write_report
from indexer.snapshot.layout import StoreLayout
from indexer.store.status import read_status

BENCHMARK = Benchmark("memory", "Memory of a server.", "records.json", list[ServerMemory], compute, write_report)
app = BENCHMARK.command_line()


@app.command()
def measure(
    stores: Annotated[list[Path], typer.Option("--store", help="A store; give several of different sizes.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    workers: Annotated[str, typer.Option(help="Numbers of server processes for the last store.")] = "1,2,4",
    seconds: Annotated[float, typer.Option(min=1, help="Load before the memory is read.")] = 15,
) -> None:
    """Measure servers after some load, and write raw records, figures and report."""
    several = [n for n in whole_numbers(workers) if n > 1]
    say = reporter().print_line
    paths = [search_path(query.text) for query in read_workload(queries)]
    servers = []
    for store, n in [*((store, 1) for store in stores), *((stores[-1], n) for n in several)]:
        servers.append(_measure_server(store, n, paths, seconds))
        say(f"{servers[-1].paragraphs:,} paragraphs, {n} workers: {mib(servers[-1].pss_bytes)} MiB")
    BENCHMARK.finish(out, servers)


def _measure_server(store: Path, workers: int, paths: Sequence[str], seconds: float) -> ServerMemory:
    status = read_status(StoreLayout(store))
    with (
        tempfile.TemporaryDirectory() as logs,
        khabar_server(store, workers=workers, cache=True, log=Path(logs, "server.log")) as server,
    ):
        run_closed(server.url, paths, clients=CLIENTS, seconds=seconds)
        if server.pid is None:
            raise BenchmarkError("the server has no process id")
        memory = [process.memory_full_info() for process in processes_of(server.pid)]
    pss, private = (sum(getattr(process, name) for process in memory) for name in ("pss", "uss"))
    return ServerMemory(status.current.counts.paragraphs, workers, pss, private)


if __name__ == "__main__":
    BENCHMARK.run(app)
