"""One run: levels of load with each option, in turns, and the costs that the build of the version reported."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.features.options import options_of
from benchmarks.features.records import BuildCosts, FeatureLevel
from benchmarks.load.levels import closed_level
from benchmarks.load.server import khabar_server
from benchmarks.load.workload import search_path
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version

_WARM_UP_S = 2.0


def measure_features(
    store: Path, texts: Sequence[str], *, clients: int, rounds: int, seconds: float, reporter: Reporter
) -> list[FeatureLevel]:
    """Load `khabar serve` with the same queries and each option in turns, in every second round in reverse order.

    The service has no cache of queries here, and one process.
    """
    levels = []
    with (
        tempfile.TemporaryDirectory(prefix="khabar-features-") as logs,
        khabar_server(store, workers=1, cache=False, log=Path(logs, "server.log")) as server,
    ):
        options = options_of(server.url)
        paths = {name: [search_path(text, **options[name]) for text in texts] for name in options}
        for name in options:
            closed_level(server, paths[name], clients=clients, seconds=_WARM_UP_S)
        for number in range(rounds):
            for name in options if number % 2 == 0 else reversed(options):
                level = closed_level(server, paths[name], clients=clients, seconds=seconds)
                cpu_s = 0.0 if level.server is None else level.server.cpu_s
                levels.append(FeatureLevel(name, options[name], number, level.load, cpu_s))
                reporter.print_line(f"round {number + 1}, {name}: {level.load.throughput:,.0f} requests/s")
    return levels


def build_costs(root: Path) -> BuildCosts:
    """Return what the published version took to build, and the sizes of its parts."""
    store = StoreLayout(root)
    layout = store.version(current_version(store))
    report = json.loads(layout.report.read_bytes())
    parts = {"words": layout.lexical.root, "events": layout.events, "all": layout.root}
    stages = {stage["name"]: stage["seconds"] for stage in report["stages"]}
    return BuildCosts(report["paragraphs"], stages, {name: _n_bytes(path) for name, path in parts.items()})


def _n_bytes(path: Path) -> int:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(each.stat().st_size for each in files)
