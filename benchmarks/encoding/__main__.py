"""`python -m benchmarks.encoding`: `measure` builds stores with each query encoder and encodes queries in turns."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from benchmarks.encoding.figures import EncodingRound, FirstBuild, Records, compute
from benchmarks.encoding.report import write_report
from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.options import Queries, QueryLimit
from benchmarks.load.workload import read_workload
from indexer.encoders.bundled_model import default_model_folder
from indexer.snapshot.encoder.query_encoder import QueryEncoder
from indexer.snapshot.reader import open_snapshot
from indexer.snapshot.text.query_length import is_short

BENCHMARK = Benchmark("encoding", "Cost of query encoders.", "records.json", Records, compute, write_report)
app = BENCHMARK.command_line()

_WARM_UP = 50


@app.command()
def measure(
    source: Annotated[Path, typer.Option(help="Articles to build stores of; a small file will do.")],
    queries: Queries,
    encoders: Annotated[
        list[str] | None, typer.Option("--query-encoder", help="As for `khabar index build`; by default none, bundled.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often all queries are encoded with each encoder.")] = 5,
    limit: QueryLimit = 400,
    out: Out = BENCHMARK.folder,
) -> None:
    """Measure builds and encoders in turns, and write raw records, figures and report."""
    names = encoders or ["none", "bundled"]
    texts = [query.text for query in read_workload(queries, limit)]
    say = reporter().print_line
    default_model_folder()  # unpacked before the first build, so that no build pays for it
    with tempfile.TemporaryDirectory() as scratch:
        stores = {name: Path(scratch) / str(number) for number, name in enumerate(names)}
        builds = []
        for name, store in stores.items():
            first = _first_build(name, source, store)
            builds.append(first)
            say(f"{name}: first build {first.seconds:.1f} s, {first.query_encoder_s:.1f} s for the query encoder")
        opened = {name: open_snapshot(store).encoders.queries for name, store in stores.items()}
        for encoder in opened.values():
            _times_ms(encoder, texts[:_WARM_UP])
        encodings = []
        for number in range(rounds):
            for name, encoder in opened.items():
                encodings.append(EncodingRound(name, number, _times_ms(encoder, texts)))
                say(f"round {number + 1}, {name}: {sorted(encodings[-1].times_ms)[len(texts) // 2]:.2f} ms")
    BENCHMARK.finish(out, Records(builds, encodings, list(map(is_short, texts))))


def _first_build(query_encoder: str, source: Path, store: Path) -> FirstBuild:
    """Build a new store in a process of its own, without the exports of earlier builds."""
    cache = store.with_name(f"{store.name}-cache")
    cache.mkdir()
    (cache / default_model_folder().name).symlink_to(default_model_folder())
    command = [sys.executable, "-m", "search_api", "index", "build", str(source), "--store", str(store), "--json"]
    started = perf_counter()
    done = subprocess.run(  # noqa: S603  # this Python, with our own module
        [*command, "--query-encoder", query_encoder],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KHABAR_MODEL_CACHE": str(cache)},
    )
    seconds = perf_counter() - started
    if done.returncode:
        raise BenchmarkError(f"the build with {query_encoder} failed: {done.stderr.strip()}")
    stages: Sequence[Mapping[str, float]] = json.loads(done.stdout)["stages"]
    by_name = {str(stage["name"]): stage for stage in stages}
    return FirstBuild(
        query_encoder,
        round(seconds, 3),
        by_name["query encoder"]["seconds"],
        int(max(stage["peak_rss_bytes"] for stage in stages)),
    )


def _times_ms(encoder: QueryEncoder, texts: Sequence[str]) -> list[float]:
    """Return how long each text takes, alone, on one thread; nothing is cached."""
    times_ms = []
    for text in texts:
        started = perf_counter()
        encoder.encode_queries([text])
        times_ms.append(round(1000 * (perf_counter() - started), 4))
    return times_ms


if __name__ == "__main__":
    BENCHMARK.run(app)
