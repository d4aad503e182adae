"""Filters that keep about a given share of a corpus, chosen from its dates, sources and languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import log

import numpy as np
import numpy.typing as npt

from indexer.snapshot.text.utc import utc_text

SHARES = (0.001, 0.01, 0.1, 0.5)
"""Shares of paragraphs that filters should keep."""

_CLOSE_ENOUGH = log(1.5)


@dataclass(frozen=True, slots=True)
class FilterCondition:
    """A filter as request parameters of the service, and the share of paragraphs that it keeps."""

    label: str
    share: float
    parameters: dict[str, str]


NO_FILTER = FilterCondition("no filter", 1.0, {})


@dataclass(frozen=True, slots=True)
class FilterColumns:
    """One entry for each paragraph: Unix seconds where `has_date`, codes into `sources` and `languages`.

    A paragraph without a source has source code -1.
    """

    timestamps: npt.NDArray[np.int64]
    has_date: npt.NDArray[np.bool_]
    source: npt.NDArray[np.int32]
    sources: tuple[str, ...]
    language: npt.NDArray[np.int32]
    languages: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of paragraphs."""
        return len(self.source)


def choose(columns: FilterColumns, shares: Sequence[float] = SHARES) -> list[FilterCondition]:
    """Return one condition for each share, as near to it as possible, and one for each large language.

    A range of dates is preferred. A source is chosen if no range of dates comes within a factor of 1.5
    of the share and the source is nearer. A large language has at least a tenth of the paragraphs.
    """
    chosen = []
    for target in shares:
        candidates = [*_by_date(columns, target), *_by_code(columns, target)]
        if candidates:
            chosen.append(min(candidates, key=partial(_distance, target)))
    counts = np.bincount(columns.language, minlength=len(columns.languages)) / max(columns.size, 1)
    large = [(name, float(share)) for name, share in zip(columns.languages, counts, strict=True) if 0.1 <= share < 1]
    chosen += [FilterCondition(f"language {name}", share, {"language": name}) for name, share in large]
    return list({condition.label: condition for condition in chosen}.values())


def _distance(target: float, condition: FilterCondition) -> float:
    """Return the distance between a share and the target as a logarithm; 0 for dates that are near enough."""
    distance = abs(log(condition.share / target))
    return 0.0 if "source" not in condition.parameters and distance < _CLOSE_ENOUGH else distance


def _by_date(columns: FilterColumns, target: float) -> Iterator[FilterCondition]:
    """Yield the range of dates whose share of all paragraphs is nearest to `target`."""
    moments, counts = np.unique(columns.timestamps[columns.has_date], return_counts=True)
    if not len(moments):
        return
    # before[i] paragraphs are older than moments[i]; a range from i to j keeps before[j + 1] - before[i].
    before = np.concatenate([[0], np.cumsum(counts)])
    wanted = max(target * columns.size, 1)
    starts = np.arange(len(moments))
    after = np.searchsorted(before, before[:-1] + wanted).clip(1, len(moments))
    ends = np.concatenate([after, np.maximum(after - 1, starts + 1)])
    starts = np.concatenate([starts, starts])
    kept = before[ends] - before[starts]
    best = int(np.argmin(np.abs(np.log(kept / wanted))))
    first, last = (utc_text(datetime.fromtimestamp(int(moments[row]), UTC)) for row in (starts[best], ends[best] - 1))
    share = float(kept[best]) / columns.size
    yield FilterCondition(f"dates, {share:.2%}", share, {"published_from": first, "published_to": last})


def _by_code(columns: FilterColumns, target: float) -> Iterator[FilterCondition]:
    """Yield the source whose share of all paragraphs is nearest to `target`."""
    counts = np.bincount(columns.source[columns.source >= 0], minlength=len(columns.sources)) / columns.size
    present = np.flatnonzero(counts)
    if len(present):
        best = int(present[np.argmin(np.abs(np.log(counts[present] / target)))])
        share = float(counts[best])
        name = columns.sources[best].replace('"', '""')
        yield FilterCondition(f"source, {share:.2%}", share, {"source": f'"{name}"'})
