"""Charts of one run: latency by rate, and recall by throughput of the index."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, ScalarFormatter

from benchmarks.latency.figures import OpenRow
from benchmarks.latency.floor import CurvePoint

_PERCENTILES = (("p50", "#1f6f8b"), ("p90", "#7aa6b5"), ("p99", "#d98e32"), ("p99_9", "#a63d40"))
_MARKERS = "osD^vP*X"


def write_rate_chart(path: Path, levels: Sequence[OpenRow]) -> bool:
    """Draw latency percentiles against the offered rate; return False if no level has an answer."""
    answered = sorted((row for row in levels if row.latency), key=lambda row: row.rate)
    if not answered:
        return False
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name, color in _PERCENTILES:
        values = [getattr(row.latency, name) for row in answered]
        axes.plot([row.rate for row in answered], values, marker="o", color=color, label=name.replace("_", "."))
    axes.set_xlabel("offered rate, requests/s")
    axes.set_ylabel("latency from the intended time, ms")
    axes.set_yscale("log")
    for axis_ticks in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        axis_ticks(ScalarFormatter())  # plain numbers instead of powers of ten
    axes.set_xlim(left=0)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return True


def write_curve_chart(path: Path, points: Sequence[CurvePoint]) -> bool:
    """Draw recall@10 against throughput of every search parameter; return False if there is no curve."""
    drawn = [point for point in points if point.ms_per_query > 0]
    if not drawn:
        return False
    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    lines = sorted({(point.language, point.kind) for point in drawn})
    for number, (language, kind) in enumerate(lines):
        line = sorted(
            (point for point in drawn if (point.language, point.kind) == (language, kind)),
            key=lambda point: point.ms_per_query,
        )
        rates = [1000 / point.ms_per_query for point in line]
        recalls = [point.recall_at_10 for point in line]
        axes.plot(rates, recalls, marker=_MARKERS[number % len(_MARKERS)], label=f"{language}, {kind}")
        for point, rate in zip(line, rates, strict=True):
            axes.annotate(
                str(point.effort), (rate, point.recall_at_10), fontsize=7, textcoords="offset points", xytext=(4, 4)
            )
    axes.set_xlabel("index alone, queries/s on one thread")
    axes.set_ylabel("recall@10 against exact search")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return True
