"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness.markdown import error_counts, mib, range_text, run_description, section, write_parts
from benchmarks.hostile import figures as limits
from benchmarks.hostile.figures import (
    DeepFigures,
    Figures,
    OverloadFigures,
    RandomFigures,
    RequestsFigures,
    ServerFigures,
    SilentFigures,
)
from benchmarks.hostile.records import Records

_HEAD = ["", "", "limit", "kept"]

_SERVERS_NOTE = (
    "The same searches from 16 clients, in turns. `khabar` is uvicorn with khabar's protocol, `uvicorn` the same with "
    "its own, which has no bounds. The last three columns divide the figure of `khabar` by that of the row, in a round."
)
_SERVER_RATIOS = ["khabar / this: answers a second", "p50", "CPU"]


def write_report(path: Path, figures: Figures, _records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Hostile load",
        "A second client asked for `/healthz` every 5 ms while hostile requests were sent one after the other: the "
        "longest of its requests is the longest time that the service stood still for others. Limits are those that "
        "the service promises itself; the raw records are in `records.json.gz`.",
        run_description(run),
        _earlier(run.get("earlier")),
        section("Summary", [_HEAD, *_summary(figures)]),
        "" if figures.requests is None else section("Hostile requests", _requests(figures.requests)),
        "" if figures.silent is None else section("Silent connections", _silent(figures.silent)),
        "" if figures.random is None else section("Random requests", _random(figures.random)),
        "" if figures.overload is None else section("Overload", _overload(figures.overload)),
        "" if figures.deep is None else section("Deep pages", _deep(figures.deep)),
        "" if figures.servers is None else section("HTTP servers", _servers(figures.servers), _SERVERS_NOTE),
    ]
    write_parts(path, parts)


def _summary(figures: Figures) -> list[list[str]]:
    rows: list[list[str]] = []
    if (requests := figures.requests) is not None:
        rows += [
            _row("longest stall during a hostile request, ms", requests.stall_ms, limits.MAX_STALL_MS),
            _row("largest answer, bytes", requests.largest_bytes, limits.MAX_ANSWER_BYTES),
            _row("answers 5xx other than 503", requests.server_errors, 0),
        ]
    if (silent := figures.silent) is not None:
        ratio = silent.ratio.median
        rows.append(_row("p99 beside silent connections / alone", ratio, limits.MAX_SILENT_RATIO))
    if (random := figures.random) is not None:
        growth = max(0, random.growth_bytes) / 2**20
        rows += [
            _row("growth over random requests, MiB", growth, limits.MAX_GROWTH_BYTES / 2**20),
            _row("answers 5xx to random requests, other than 503", random.server_errors, 0),
        ]
    if (overload := figures.overload) is not None:
        rows += [
            _row("p99 of accepted requests under overload, ms", overload.accepted_p99_ms, limits.MAX_ACCEPTED_MS),
            _row("p99 of refusals, ms", overload.refused_p99_ms, limits.MAX_REFUSED_MS),
            _row("requests neither answered nor refused", overload.failed, 0),
        ]
    if (deep := figures.deep) is not None:
        rows.append(_row("median of deep pages / of first pages", deep.ratio, limits.MAX_DEEP_RATIO))
    return rows


def _row(name: str, value: float | None, limit: float) -> list[str]:
    if value is None:
        return [name, "-", _number(limit), "-"]
    return [name, _number(value), _number(limit), "yes" if value <= limit else "NO"]


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")


def _requests(figures: RequestsFigures) -> list[list[str]]:
    head = ["request", "bytes sent", "answers", "largest, bytes", "connection", "longest stall, ms"]
    rest = ["(none: the service at rest)", "0", "-", "-", "-", f"{figures.quiet_ms:.1f}"]
    rows = [
        [
            one.name,
            f"{one.sent_bytes:,}",
            _answers(one.statuses),
            f"{one.largest_bytes:,}",
            one.ending,
            f"{one.stall_ms:.1f}",
        ]
        for one in figures.requests
    ]
    return [head, rest, *rows]


def _answers(statuses: Mapping[str, int]) -> str:
    return ", ".join(status if n == 1 else f"{n} x {status}" for status, n in statuses.items()) or "none"


def _silent(figures: SilentFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["silent connections open, mean of the round with the fewest", f"{figures.held:,.0f}"],
        ["silent connections opened in all", f"{figures.opened:,}"],
        ["p99 of one client alone, ms", range_text(figures.alone_ms)],
        ["p99 of one client beside them, ms", range_text(figures.beside_ms)],
        ["p99 beside / alone, in a round", range_text(figures.ratio)],
        ["errors of that client", f"{figures.errors:,}"],
    ]


def _random(figures: RandomFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["requests after the warm-up", f"{figures.requests:,}"],
        ["requests a second", f"{figures.per_s:,.0f}"],
        ["kinds", error_counts(figures.kinds)],
        ["answers", error_counts({f"x {status}": n for status, n in figures.answers.items()})],
        ["resident memory after the warm-up, MiB", mib(figures.warm_bytes)],
        ["growth after it, MiB", f"{figures.growth_bytes / 2**20:,.1f}"],
    ]


def _overload(figures: OverloadFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["sustainable rate of the dearest queries, a second", f"{figures.sustainable:,.1f}"],
        ["offered rate, a second", f"{figures.offered:,.1f}"],
        ["answered", f"{figures.accepted:,}"],
        ["refused with 503", f"{figures.refused:,}"],
        ["neither", f"{figures.failed:,}"],
        ["p99 of answers, ms", _ms(figures.accepted_p99_ms)],
        ["p99 of refusals, ms", _ms(figures.refused_p99_ms)],
        ["p99 of the lag of the generator, which is a part of both, ms", _ms(figures.lag_p99_ms)],
    ]


def _deep(figures: DeepFigures) -> list[list[str]]:
    return [
        ["", ""],
        ["queries", f"{figures.pairs:,}"],
        ["median of first pages, ms", f"{figures.first_ms:.2f}"],
        ["median of deep pages, ms", f"{figures.deep_ms:.2f}"],
        ["median of deep pages / of first pages", f"{figures.ratio:.2f}"],
        ["p99 of deep pages / median of first pages", f"{figures.p99_ratio:.2f}"],
        ["fewest hits on a deep page", f"{figures.fewest_hits:,}"],
    ]


def _servers(figures: Sequence[ServerFigures]) -> list[list[str]]:
    head = ["server", "answers a second", "p50, ms", "p99, ms", "CPU ms an answer", *_SERVER_RATIOS]
    return [
        head,
        *(
            [
                one.server,
                range_text(one.throughput, 0),
                range_text(one.p50_ms),
                range_text(one.p99_ms),
                range_text(one.cpu_ms),
                range_text(one.ratio),
                range_text(one.p50_ratio),
                range_text(one.cpu_ratio),
            ]
            for one in figures
        ),
    ]


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _earlier(run: Mapping[str, Any] | None) -> str:
    """Return the runs of the parts that were not repeated, the latest run first."""
    runs: Sequence[str] = []
    while run:
        runs = [*runs, f"`{run['command']}`, commit {run['commit']}"]
        run = run.get("earlier")
    return f"The other parts come from earlier runs: {'; '.join(runs)}." if runs else ""
