"""`python -m benchmarks.takedowns`: `measure` loses the log and takes articles down; `report` computes again."""

import random
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.errors import BenchmarkError
from benchmarks.takedowns.figures import compute
from benchmarks.takedowns.load import take_down_under_load
from benchmarks.takedowns.losses import lose_log
from benchmarks.takedowns.records import Records
from benchmarks.takedowns.report import write_report
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.layout import StoreLayout
from indexer.store.versions import list_versions

BENCHMARK = Benchmark("takedowns", "Takedowns that must hold.", "records.json.gz", Records, compute, write_report)
app = BENCHMARK.command_line()

_SEED = 5
_TAKEN_DOWN_BEFORE = 5
"""Articles that are taken down before the log is lost; each trial looks for them all."""


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store with two versions or more; it is copied, and stays as it is.")],
    out: Out = BENCHMARK.folder,
    trials: Annotated[int, typer.Option(min=1, help="How often the log is lost in each way.")] = 1_000,
    takedowns: Annotated[int, typer.Option(min=1, help="Articles to take down under load.")] = 100,
    swaps: Annotated[int, typer.Option(min=0, help="Versions to swap meanwhile.")] = 20,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 4,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent clients.")] = 4,
) -> None:
    """Lose the log, then take articles down while versions are swapped; write records, figures and report."""
    say = reporter().print_line
    first, second = _last_two_versions(StoreLayout(store))
    with tempfile.TemporaryDirectory(prefix="khabar-takedowns-") as folder:
        Path(folder).chmod(0o755)  # one trial reads it as another user
        copy = StoreLayout(Path(folder, "store"))
        shutil.copytree(store, copy.root, ignore=shutil.ignore_patterns("cache"))
        articles = _articles_of_both(copy, first, second, takedowns + _TAKEN_DOWN_BEFORE)
        before, under_load = articles[:_TAKEN_DOWN_BEFORE], articles[_TAKEN_DOWN_BEFORE:]
        say(f"losing the log, {trials:,} times in each way")
        losses = list(lose_log(copy, [one for one, _ in before], [title for _, title in before], trials))
        say(f"taking down {len(under_load):,} articles under load")
        load = take_down_under_load(copy, (first, second), under_load, workers=workers, clients=clients, swaps=swaps)
    BENCHMARK.finish(out, Records(losses, load))


def _last_two_versions(store: StoreLayout) -> tuple[str, str]:
    versions = list_versions(store)
    if len(versions) < 2:
        raise BenchmarkError(f"{store.root} has fewer than two versions to swap")
    return versions[-2], versions[-1]


def _articles_of_both(store: StoreLayout, first: str, second: str, n: int) -> list[tuple[str, str]]:
    """Return ids and titles of articles with a title that both versions have, drawn at random."""
    found = []
    for version in (first, second):
        with Corpus(store.version(version).corpus) as corpus:
            found.append({stored.article.id: stored.article.title for stored in corpus.articles()})
    both = [(one, title) for one, title in sorted(found[0].items()) if title and one in found[1]]
    if len(both) < n:
        raise BenchmarkError(f"the versions have {len(both):,} articles with titles in common, fewer than {n:,}")
    return random.Random(_SEED).sample(both, n)  # noqa: S311  # not a secret


if __name__ == "__main__":
    BENCHMARK.run(app)
