"""From figures to a Markdown report. Nothing is computed here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.latency.figures import ClosedRow, Figures, OpenRow, Spread
from benchmarks.latency.records import Records
from benchmarks.markdown import errors, mib, section, setting


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the Markdown report of one run."""
    sections = [
        "# Latency and throughput\n\nTimes are milliseconds. Figures over rounds are medians with least and greatest "
        f"round in brackets. The raw records are in `records.json.gz`.\n\n{setting(run)}\n\n{_corpus(run)}",
        section("Ratios", _ratios(figures)),
        section("Where the time goes", _stages(figures)),
        section(
            "Closed loop",
            _closed(figures.closed),
            "Each client sends its next request when it has the answer to the last.",
        ),
        section(
            "Open loop",
            _open(figures.open),
            "Requests come at a fixed rate; latency counts from when each should have been sent. The generator's lag "
            "is part of it.",
        ),
        section("Filters", _filters(figures), "Each filtered search in turn with the same one without the filter."),
        section("Start and memory", _start(records)),
    ]
    path.write_text("\n\n".join(part for part in sections if part) + "\n", encoding="utf-8")


def shown(found: Spread | None, digits: int = 2) -> str:
    """Return a figure over rounds as text."""
    if found is None:
        return "-"
    return f"{found.median:,.{digits}f} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"


def _corpus(run: Mapping[str, Any]) -> str:
    snapshot, parameters = run["snapshot"], run["parameters"]
    cache = "on" if parameters["cache"] else "off"
    return (
        f"{snapshot['paragraphs']:,} paragraphs of {snapshot['articles']:,} articles, model {snapshot['model']} "
        f"({snapshot['query_encoder']}); {parameters['queries']:,} queries; {parameters['workers']} server "
        f"process(es), query cache {cache}; {parameters['rounds']} rounds, {parameters['seconds']:g} s a level."
    )


def _ratios(figures: Figures) -> list[list[str]]:
    rows = [["", "ratio"], *([name, shown(found)] for name, found in figures.ratios.items())]
    recall = f"{figures.recall_mean:.4f} (least of a query {figures.recall_least:.1f})"
    return [*rows, ["recall@10 of the served ranking against exact search", recall]]


def _stages(figures: Figures) -> list[list[str]]:
    stages = figures.stages
    return [
        ["one client, p50", "ms"],
        ["floor: encoder alone", shown(figures.floor_encode_ms, 3)],
        ["floor: index alone", shown(figures.floor_index_ms, 3)],
        ["service: encode", f"{stages.encode:.3f}"],
        ["service: search", f"{stages.search:.3f}"],
        ["service: fetch", f"{stages.fetch:.3f}"],
        ["service: total", f"{stages.total:.3f}"],
        ["over HTTP, as the client that reads these times waits", f"{stages.http:.3f}"],
        ["encoder alone on all cores, queries/s", shown(figures.encoder_per_s, 0)],
    ]


def _closed(closed: list[ClosedRow]) -> list[list[str]]:
    head = ["clients", "requests/s", "p50", "p90", "p99", "p99.9", "mean", "errors", "CPU ms/request", "PSS MiB"]
    return [head] + [
        [
            str(row.clients),
            shown(row.throughput, 0),
            *(shown(found) for found in (row.p50, row.p90, row.p99, row.p99_9, row.mean)),
            errors(row.errors),
            shown(row.cpu_ms),
            mib(row.pss_bytes),
        ]
        for row in closed
    ]


def _open(levels: list[OpenRow]) -> list[list[str]]:
    head = ["offered/s", "answered/s", "p50", "p90", "p99", "p99.9", "mean", "n", "errors", "CPU ms/request"]
    rows = [[*head, "lag p99", "connections"]]
    for row in levels:
        found = row.latency
        cells = [found.p50, found.p90, found.p99, found.p99_9, found.mean] if found else []
        rows.append(
            [
                f"{row.rate:,.1f}",
                f"{row.answered_per_s:,.1f}",
                *([f"{value:.2f}" for value in cells] or ["-"] * 5),
                f"{found.n:,}" if found else "0",
                errors(row.errors),
                "-" if row.cpu_ms is None else f"{row.cpu_ms:.2f}",
                f"{row.lag_p99_ms:.2f}",
                str(row.connections),
            ]
        )
    return rows


def _filters(figures: Figures) -> list[list[str]]:
    head = ["filter", "keeps", "recall@10", "least recall", "server-side p50", "/ without filter"]
    return [[*head, "search stage / without filter"]] + [
        [
            row.label,
            f"{row.share:.2%}",
            f"{row.recall_mean:.4f}",
            f"{row.recall_least:.1f}",
            f"{row.total_p50_ms:.2f}",
            f"{row.total_ratio:.2f}",
            f"{row.search_ratio:.2f}",
        ]
        for row in figures.filters
    ]


def _start(records: Records) -> list[list[str]]:
    levels = [level.server.after for round_ in records.rounds for level in round_.closed if level.server]
    rows = [["", ""]]
    if records.cold_start_s is not None:
        rows.append(["process start to ready, s", f"{records.cold_start_s:.2f}"])
    if records.at_start is not None:
        rows.append(["processes", str(records.at_start.processes)])
        rows.append(
            ["when ready: PSS (RSS) MiB", f"{mib(records.at_start.pss_bytes)} ({mib(records.at_start.rss_bytes)})"]
        )
    if levels:
        most = max(levels, key=lambda usage: usage.pss_bytes)
        rows.append(["most under load: PSS (RSS) MiB", f"{mib(most.pss_bytes)} ({mib(most.rss_bytes)})"])
    return rows
