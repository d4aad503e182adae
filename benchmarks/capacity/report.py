"""The Markdown report of one run. All figures come from `figures.py` and `plan.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.capacity.charts import write_chart
from benchmarks.capacity.figures import Figures
from benchmarks.capacity.model import costs_of
from benchmarks.capacity.plan import Embedder, Machine, Plan, Wish, make_plan
from benchmarks.capacity.records import Records, SizeRecord
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.markdown import run_description, section, write_parts

CHART = "capacity.png"

BUILT_BY = "built_by"
"""In the description of a run that loaded services again: the description of the run that built their stores."""

_P99_MS = 300.0

EXAMPLE_MACHINE = Machine(cores=16, memory_gib=128)
"""The machine of the examples, which also embeds."""

EXAMPLES: Mapping[str, Wish] = {
    "a newsroom's archive": Wish(20_000_000, queries_per_s=20, p99_ms=_P99_MS),
    "a country's press": Wish(200_000_000, queries_per_s=50, p99_ms=_P99_MS),
    "CC-NEWS since 2016": Wish(1_000_000_000, queries_per_s=20, p99_ms=_P99_MS),
}
"""The sizes are round numbers, and not counted."""

_MIB, _GIB = 2**20, 2**30
_UNITS: Mapping[str, tuple[str, float]] = {
    "build_s": ("build apart from embedding, s", 1),
    "build_bytes": ("peak memory of a build, MiB", _MIB),
    "version_bytes": ("version on disk, MiB", _MIB),
    "cache_bytes": ("cache of embeddings, MiB", _MIB),
    "searched_bytes": ("vectors, candidates and words, MiB", _MIB),
    "worker_bytes": ("own memory of a worker, MiB", _MIB),
    "core_s": ("core time of a request, ms", 1e-3),
    "idle_p99_ms": ("p99 with one client, ms", 1),
}


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run, and its chart beside it."""
    parts = [
        "# Capacity\n\nStores of several sizes, built by `khabar index build` and served by `khabar serve` with one "
        f"worker a core, without a cache of queries. The raw records are in `records.json.gz`.\n\n"
        f"{run_description(run)}{_built_by(run)}",
        section("Measured", _measured(records)),
        section(
            "Predicted and measured",
            _predicted(figures),
            "Lines through the smaller sizes, at the largest one.",
        ),
        section(
            "Waiting",
            _waits(figures),
            "Requests that arrive at random, at shares of the highest throughput. Predicted: p99 with one client, and "
            "the p99 of the wait in an M/M/1 queue for each worker.",
        ),
        f"## The model\n\nThrough all sizes; x is a million paragraphs.\n\n{_model(figures)}\n\n"
        f"![Costs by number of paragraphs]({CHART})",
        section("Examples", _examples(figures), _examples_note(figures, records)),
    ]
    write_parts(path, parts)
    write_chart(path.with_name(CHART), figures.model, records.sizes)


def _built_by(run: Mapping[str, Any]) -> str:
    """Return by which command and revision the stores were built, if that was another run."""
    built = run.get(BUILT_BY)
    if not built:
        return ""
    command = f"```sh\n{built['command']}\n```"
    return f" The stores were built, and their builds measured, at commit {built['commit']}:\n\n{command}"


def _measured(records: Records) -> list[list[str]]:
    head = ["paragraphs", "articles", "vectors", "index", *(label for label, _ in _UNITS.values())]
    return [head, *(_measured_row(size) for size in records.sizes)]


def _measured_row(size: SizeRecord) -> list[str]:
    costs = costs_of(size)
    kinds = ", ".join(f"{language}: {kind}" for language, kind in sorted(size.kinds.items()))
    return [
        f"{size.build.paragraphs:,}",
        f"{size.build.articles:,}",
        "synthetic" if size.synthetic else "embedded",
        kinds,
        *(_number(costs[cost] / unit) for cost, (_, unit) in _UNITS.items()),
    ]


def _predicted(figures: Figures) -> list[list[str]]:
    head = ["at paragraphs", "cost", "predicted", "measured", "predicted / measured"]
    rows = []
    for each in figures.predictions:
        label, unit = _UNITS[each.cost]
        values = [_number(each.predicted / unit), _number(each.measured / unit)]
        rows.append([f"{each.paragraphs:,}", label, *values, f"{each.predicted / each.measured:.2f}"])
    return [head, *rows]


def _waits(figures: Figures) -> list[list[str]]:
    head = ["paragraphs", "load", "p99 predicted, ms", "measured", "predicted / measured", "not answered"]
    return [head] + [
        [
            f"{wait.paragraphs:,}",
            f"{wait.load:.2f}",
            _number(wait.predicted_ms),
            _number(wait.measured_ms),
            f"{wait.predicted_ms / wait.measured_ms:.2f}",
            f"{wait.unanswered:,}",
        ]
        for wait in figures.waits
    ]


def _model(figures: Figures) -> str:
    lines = []
    for cost, (label, unit) in _UNITS.items():
        line = getattr(figures.model, cost)
        value = f"{_number(line.base / unit)} + {_number(1e6 * line.slope / unit)} x"
        lines.append(f"- {label}: {value} ({line.most_off:.0%} off at most)")
    return "\n".join(lines)


def _examples(figures: Figures) -> list[list[str]]:
    head = ["", "paragraphs", "requests/s", "shards", "replicas", "machines", "memory, GiB", "disk, GiB"]
    rows = [[*head, "load", "p99, ms", "build of a shard, h", "embedding, machine hours"]]
    if not figures.embedded_per_core_s:
        return rows
    embedder = Embedder(EXAMPLE_MACHINE.cores * figures.embedded_per_core_s)
    for name, wish in EXAMPLES.items():
        try:
            rows.append(_example(name, wish, make_plan(figures.model, wish, EXAMPLE_MACHINE, embedder)))
        except BenchmarkError as error:
            rows.append([name, f"{wish.paragraphs:,.0f}", f"{wish.queries_per_s:g}", str(error), *[""] * 8])
    return rows


def _example(name: str, wish: Wish, plan: Plan) -> list[str]:
    return [
        name,
        f"{wish.paragraphs:,.0f}",
        f"{wish.queries_per_s:g}",
        *(f"{number:,}" for number in (plan.shards, plan.replicas, plan.machines)),
        *(f"{gib:,.0f}" for gib in (plan.memory_gib, plan.disk_gib)),
        f"{plan.load:.2f}",
        *(_number(number) for number in (plan.p99_ms, plan.build_h, plan.embedding_h)),
    ]


def _examples_note(figures: Figures, records: Records) -> str:
    machine = EXAMPLE_MACHINE
    return (
        f"Machines with {machine.cores} cores and {machine.memory_gib:g} GiB, each core like those of this one; p99 "
        f"within {_P99_MS:g} ms. Embedding runs on the same cores "
        f"({records.precision} on {records.device}: {figures.embedded_per_core_s:.1f} paragraphs a second each). "
        "These sizes are far beyond those that were measured, and the numbers of paragraphs are round ones."
    )


def _number(value: float) -> str:
    """Return a number with three significant digits, or more before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
