"""`python -m benchmarks.features`: `measure` loads a service with each option of a search; `report` computes again."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.features.figures import compute
from benchmarks.features.records import Records
from benchmarks.features.report import write_report
from benchmarks.features.run import build_costs, measure_features
from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.options import LevelSeconds, Queries, QueryLimit
from benchmarks.load.closed_loop import check_wrk
from benchmarks.load.workload import read_workload

BENCHMARK = Benchmark(
    "features", "What each option of a search costs.", "records.json.gz", Records, compute, write_report
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="The store to serve; as large as yours.")],
    queries: Queries,
    out: Out = BENCHMARK.folder,
    clients: Annotated[int, typer.Option(min=1, help="Clients.")] = 16,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds over all options.")] = 5,
    seconds: LevelSeconds = 5.0,
    limit: QueryLimit = 500,
) -> None:
    """Load `khabar serve` with each option in turns; write records, figures and report."""
    check_wrk()
    texts = [query.text for query in read_workload(queries, limit)]
    levels = measure_features(store, texts, clients=clients, rounds=rounds, seconds=seconds, reporter=reporter())
    BENCHMARK.finish(out, Records(levels, build_costs(store)))


if __name__ == "__main__":
    BENCHMARK.run(app)
