"""The chart of one run: what was measured at each size, and the line of the model through it."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, ScalarFormatter

from benchmarks.capacity.model import CostModel, costs_of
from benchmarks.capacity.records import SizeRecord

_GIB = 2**30
_PANELS = (
    ("build_s", 1, "build without embedding, s"),
    ("version_bytes", _GIB, "version on disk, GiB"),
    ("searched_bytes", _GIB, "read by searches, GiB"),
    ("core_s", 1e-3, "core time of a request, ms"),
)
_MEASURED, _LINE = "#1f6f8b", "#d98e32"


def write_chart(path: Path, model: CostModel, sizes: Sequence[SizeRecord]) -> None:
    """Draw four costs against paragraphs, both on logarithmic axes."""
    mpl.use("Agg")
    paragraphs = np.array([size.build.paragraphs for size in sizes], dtype=np.float64)
    between = np.geomspace(paragraphs.min(), paragraphs.max(), 50)
    figure, panels = plt.subplots(1, len(_PANELS), figsize=(14, 3.6), layout="constrained")
    for axes, (cost, unit, label) in zip(panels, _PANELS, strict=True):
        line = getattr(model, cost)
        axes.plot(between, [line.at(x) / unit for x in between], color=_LINE, label="model")
        measured = [costs_of(size)[cost] / unit for size in sizes]
        axes.plot(paragraphs, measured, "o", color=_MEASURED, label="measured")
        axes.set_xlabel("paragraphs")
        axes.set_ylabel(label)
        axes.set_xscale("log")
        axes.set_yscale("log")
        for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            set_formatter(ScalarFormatter())  # plain numbers instead of powers of ten
        axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
