"""The Markdown report of one comparison. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import error_counts, mib, range_text, run_description, section, write_parts
from benchmarks.peers.figures import Figures
from benchmarks.peers.run import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one comparison."""
    peers = ", ".join(f"{name} {version}" for name, version in run["peers"].items())
    parameters, clients = run["parameters"], " and ".join(map(str, run["parameters"]["clients"]))
    parts = [
        "# khabar and its peers\n\nThe same paragraphs with the same vectors, the same model for queries, the same "
        f"load from wrk with {clients} clients, in turns. Figures are medians over {parameters['rounds']} rounds of "
        f"{parameters['seconds']:g} s with the smallest and largest in brackets. Each system answers with ten hits: "
        "khabar with the best paragraphs of ten "
        f"articles, the peers with ten paragraphs.\n\n{run_description(run)}\n\nPeers: {peers}. "
        f"{run['snapshot']['paragraphs']:,} paragraphs, {parameters['queries']:,} queries, {_processes(parameters)}.",
        section(
            "Ratios",
            _ratios(figures),
            "khabar is faster where the ratio of p50 is below 1 and that of throughput above 1.",
        ),
        section("Each system", _rows(figures)),
        section("Start and recall", _start(figures, records)),
    ]
    write_parts(path, parts)


def _processes(parameters: Mapping[str, Any]) -> str:
    workers = parameters.get("workers", 1)  # older records have one process each
    return "one process each" if workers == 1 else f"{workers} processes of khabar and of txtai, one of Chroma's front"


def _ratios(figures: Figures) -> list[list[str]]:
    return [["khabar / peer", "clients", "p50", "throughput"]] + [
        [ratio.peer, str(ratio.clients), range_text(ratio.p50, 3), range_text(ratio.throughput)]
        for ratio in figures.ratios
    ]


def _rows(figures: Figures) -> list[list[str]]:
    head = ["system", "clients", "requests/s", "p50 ms", "p99 ms", "errors", "PSS MiB", "RSS MiB"]
    return [head] + [
        [
            row.system,
            str(row.clients),
            range_text(row.throughput, 1),
            range_text(row.p50),
            range_text(row.p99),
            error_counts(row.errors),
            mib(row.pss_bytes),
            mib(row.rss_bytes),
        ]
        for row in figures.rows
    ]


def _start(figures: Figures, records: Records) -> list[list[str]]:
    rows = [["system", "process start to ready, s", "PSS MiB after warm-up", "recall@10 of the raw vectors"]]
    for name, seconds in records.cold_start_s.items():
        usage = records.at_start.get(name)
        recall = figures.recall.get(name)
        memory, share = mib(usage.pss_bytes if usage else None), "-" if recall is None else f"{recall:.4f}"
        rows.append([name, f"{seconds:.2f}", memory, share])
    return rows
