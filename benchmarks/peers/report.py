"""From figures to a Markdown report. Nothing is computed here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.latency.report import shown
from benchmarks.markdown import errors, mib, section, setting
from benchmarks.peers.figures import Figures
from benchmarks.peers.run import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the Markdown report of one comparison."""
    peers = ", ".join(f"{name} {version}" for name, version in run["peers"].items())
    parameters, clients = run["parameters"], " and ".join(map(str, run["parameters"]["clients"]))
    sections = [
        "# khabar and its peers\n\nThe same paragraphs with the same vectors, the same model for queries, the same "
        f"load from wrk, {clients} clients, in turns: medians over {parameters['rounds']} rounds of "
        f"{parameters['seconds']:g} s with least and greatest in brackets. Each system answers with "
        "ten hits; khabar's are the best paragraphs of ten "
        f"articles, the peers' are ten paragraphs.\n\n{setting(run)}\n\nPeers: {peers}. "
        f"{run['snapshot']['paragraphs']:,} paragraphs, {parameters['queries']:,} queries.",
        section("Ratios", _ratios(figures), "Latency below 1 and throughput above 1 speak for khabar."),
        section("Each system", _rows(figures)),
        section("Start and what is found", _start(figures, records)),
    ]
    path.write_text("\n\n".join(part for part in sections if part) + "\n", encoding="utf-8")


def _ratios(figures: Figures) -> list[list[str]]:
    return [["khabar / peer", "clients", "p50", "throughput"]] + [
        [ratio.peer, str(ratio.clients), shown(ratio.p50, 3), shown(ratio.throughput)] for ratio in figures.ratios
    ]


def _rows(figures: Figures) -> list[list[str]]:
    head = ["system", "clients", "requests/s", "p50 ms", "p99 ms", "errors", "PSS MiB", "RSS MiB"]
    return [head] + [
        [
            row.system,
            str(row.clients),
            shown(row.throughput, 1),
            shown(row.p50),
            shown(row.p99),
            errors(row.errors),
            mib(row.pss_bytes),
            mib(row.rss_bytes),
        ]
        for row in figures.rows
    ]


def _start(figures: Figures, records: Records) -> list[list[str]]:
    rows = [["system", "process start to ready, s", "PSS MiB after warm-up", "recall@10 of the raw vectors"]]
    for name, seconds in records.cold_start_s.items():
        usage = records.at_start.get(name)
        found = figures.recall.get(name)
        memory, share = mib(usage.pss_bytes if usage else None), "-" if found is None else f"{found:.4f}"
        rows.append([name, f"{seconds:.2f}", memory, share])
    return rows
