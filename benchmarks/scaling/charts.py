"""The chart of one run: latency and memory by number of paragraphs."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

from benchmarks.scaling.figures import Row
from benchmarks.scaling.kinds import KINDS

_COLORS = dict(zip(KINDS, ("#555555", "#1f6f8b", "#d98e32", "#a63d40"), strict=True))
_MIB = 2**20


def write_chart(path: Path, rows: Sequence[Row]) -> bool:
    """Draw both on logarithmic axes; return False if there is no row."""
    if not rows:
        return False
    mpl.use("Agg")
    figure, (latency, memory) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for kind in KINDS:
        line = sorted((row for row in rows if row.kind == kind), key=lambda row: row.size)
        if not line:
            continue
        sizes, color = [row.size for row in line], _COLORS[kind]
        latency.plot(sizes, [row.first_p50_ms for row in line], marker="o", color=color, label=f"{kind}, p50")
        latency.plot(sizes, [row.first_p99_ms for row in line], marker=".", color=color, linestyle="--", label="p99")
        memory.plot(sizes, [row.index_bytes / _MIB for row in line], marker="o", color=color, label=kind)
    latency.set_ylabel("search on one thread, ms")
    memory.set_ylabel("index in memory, MiB")
    for axes in (latency, memory):
        axes.set_xlabel("paragraphs")
        axes.set_xscale("log")
        axes.set_yscale("log")
        # Plain numbers instead of powers of ten.
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return True
