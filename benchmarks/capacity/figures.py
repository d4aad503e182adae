"""From raw records to figures: the model, and what it predicts beside what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.capacity.model import CostModel, costs_of, fit_model, wait_p99
from benchmarks.capacity.records import Records, SizeRecord
from benchmarks.harness.statistics import histogram_of, percentile


@dataclass(frozen=True, slots=True)
class Prediction:
    """A cost at the largest size: as lines through the smaller sizes predict it, and as it was measured."""

    cost: str
    paragraphs: int
    predicted: float
    measured: float


@dataclass(frozen=True, slots=True)
class WaitPrediction:
    """The 99th percentile of a request's time at one size and load, as predicted from `core_s` and as measured.

    `load` is the share of the highest throughput. `unanswered` counts requests without a good answer.
    """

    paragraphs: int
    load: float
    predicted_ms: float
    measured_ms: float
    unanswered: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows and a plan needs.

    `embedded_per_core_s` are paragraphs embedded a second on each core, at the sizes that were embedded; 0 if none was.
    """

    model: CostModel
    embedded_per_core_s: float
    predictions: list[Prediction]
    waits: list[WaitPrediction]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records, which must have two sizes at least."""
    return Figures(
        fit_model(records.sizes),
        embedded_per_core_s(records),
        predictions(records.sizes),
        [wait for size in records.sizes for wait in waits(size)],
    )


def embedded_per_core_s(records: Records) -> float:
    """Return how many paragraphs a second each core embeds, from all sizes that were embedded."""
    embedded = [size.build for size in records.sizes if not size.synthetic]
    seconds = sum(build.embedding_s for build in embedded)
    return sum(build.embedded for build in embedded) / seconds / records.cores if seconds else 0.0


def predictions(sizes: Sequence[SizeRecord]) -> list[Prediction]:
    """Return what the smaller sizes predict of the largest one; nothing with fewer than three sizes."""
    *smaller, largest = sorted(sizes, key=lambda size: size.build.paragraphs)
    if len(smaller) < 2:
        return []
    model, paragraphs = fit_model(smaller), largest.build.paragraphs
    return [
        Prediction(cost, paragraphs, getattr(model, cost).at(paragraphs), measured)
        for cost, measured in costs_of(largest).items()
    ]


def waits(size: SizeRecord) -> list[WaitPrediction]:
    """Return the 99th percentiles of a size under open loops."""
    costs, reached = costs_of(size), size.service.busy.load.throughput
    found = []
    for level in size.service.arrivals:
        load = level.load.rate / reached
        predicted = costs["idle_p99_ms"] + 1000 * wait_p99(load, costs["core_s"])
        measured = percentile(histogram_of(level.load.latencies_ms), 99)
        unanswered = level.load.sent - len(level.load.latencies_ms)
        found.append(WaitPrediction(size.build.paragraphs, load, predicted, measured, unanswered))
    return found
