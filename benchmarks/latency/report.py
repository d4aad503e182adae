"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import error_counts, mib, range_text, run_description, section, write_parts
from benchmarks.latency.charts import write_curve_chart, write_rate_chart
from benchmarks.latency.figures import ClosedRow, Figures, OpenRow
from benchmarks.latency.records import Records


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run, and its charts beside it."""
    parts = [
        "# Latency and throughput\n\nTimes are milliseconds. Figures over rounds are medians with the smallest and "
        "largest round in brackets. The raw records are in `records.json.gz`.\n\n"
        f"{run_description(run)}\n\n{_corpus(run)}",
        section("Ratios", _ratios(figures)),
        section("Where the time goes", _stages(figures)),
        section(
            "Closed loop",
            _closed(figures.closed),
            "Each client sends its next request when it has the answer to the last one.",
        ),
        section(
            "Open loop",
            _open(figures.open),
            "Requests are due at a fixed rate; latency counts from the time at which a request is due and includes the "
            "lag of the generator.",
        ),
        section("Filters", _filters(figures), "Each search with the filter alternates with the same one without it."),
        section("Start and memory", _start(records)),
    ]
    write_parts(path, parts)
    write_rate_chart(path.with_name("rates.png"), figures.open)
    write_curve_chart(path.with_name("recall.png"), records.curve)


def _corpus(run: Mapping[str, Any]) -> str:
    snapshot, parameters = run["snapshot"], run["parameters"]
    cache = "on" if parameters["cache"] else "off"
    return (
        f"{snapshot['paragraphs']:,} paragraphs of {snapshot['articles']:,} articles, model {snapshot['model']} "
        f"({snapshot['query_encoder']}); {parameters['queries']:,} queries; {parameters['workers']} server "
        f"process(es), query cache {cache}; {parameters['rounds']} rounds, {parameters['seconds']:g} s a level."
    )


def _ratios(figures: Figures) -> list[list[str]]:
    rows = [["", "ratio"], *([name, range_text(ratio)] for name, ratio in figures.ratios.items())]
    recall = f"{figures.recall_mean:.4f} (smallest of a query {figures.recall_least:.1f})"
    return [*rows, ["recall@10 of the served ranking compared with exact search", recall]]


def _stages(figures: Figures) -> list[list[str]]:
    stages = figures.stages
    return [
        ["one client, p50", "ms"],
        ["floor: encoder alone", range_text(figures.floor_encode_ms, 3)],
        ["floor: index alone", range_text(figures.floor_index_ms, 3)],
        ["service: encode", f"{stages.encode:.3f}"],
        ["service: search", f"{stages.search:.3f}"],
        ["service: fetch", f"{stages.fetch:.3f}"],
        ["service: total", f"{stages.total:.3f}"],
        ["over HTTP, as the client measures it", f"{stages.http:.3f}"],
        ["encoder alone on all cores, queries/s", range_text(figures.encoder_per_s, 0)],
    ]


def _closed(closed: list[ClosedRow]) -> list[list[str]]:
    head = ["clients", "requests/s", "p50", "p90", "p99", "p99.9", "mean", "errors", "CPU ms/request", "PSS MiB"]
    return [head] + [
        [
            str(row.clients),
            range_text(row.throughput, 0),
            *(range_text(figure) for figure in (row.p50, row.p90, row.p99, row.p99_9, row.mean)),
            error_counts(row.errors),
            range_text(row.cpu_ms),
            mib(row.pss_bytes),
        ]
        for row in closed
    ]


def _open(levels: list[OpenRow]) -> list[list[str]]:
    head = ["offered/s", "answered/s", "p50", "p90", "p99", "p99.9", "mean", "n", "errors", "CPU ms/request"]
    rows = [[*head, "lag p99", "connections"]]
    for row in levels:
        latency = row.latency
        cells = [latency.p50, latency.p90, latency.p99, latency.p99_9, latency.mean] if latency else []
        rows.append(
            [
                f"{row.rate:,.1f}",
                f"{row.answered_per_s:,.1f}",
                *([f"{value:.2f}" for value in cells] or ["-"] * 5),
                f"{latency.n:,}" if latency else "0",
                error_counts(row.errors),
                "-" if row.cpu_ms is None else f"{row.cpu_ms:.2f}",
                f"{row.lag_p99_ms:.2f}",
                str(row.connections),
            ]
        )
    return rows


def _filters(figures: Figures) -> list[list[str]]:
    head = ["filter", "keeps", "recall@10", "smallest recall", "server-side p50", "/ without filter"]
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
        largest = max(levels, key=lambda usage: usage.pss_bytes)
        rows.append(["largest under load: PSS (RSS) MiB", f"{mib(largest.pss_bytes)} ({mib(largest.rss_bytes)})"])
    return rows
