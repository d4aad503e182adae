"""From raw records to figures: memory as a line over paragraphs, and the memory of one more worker."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.harness.line import fit_line as fit_line_to


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """A server under load: its paragraphs, its worker processes, and the memory of all its processes.

    `pss_bytes` counts a page once even if several processes share it, `private_bytes` only pages of one process.
    """

    paragraphs: int
    workers: int
    pss_bytes: int
    private_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """Memory of one worker: `base_bytes` and `per_paragraph_bytes`, fitted by least squares of relative errors.

    `most_off` is the largest relative error of the line, `largest` the largest number of paragraphs in the fit.
    """

    base_bytes: float
    per_paragraph_bytes: float
    most_off: float
    largest: int

    def predicted(self, paragraphs: int) -> float:
        """Return the memory in bytes of a server with one worker."""
        return self.base_bytes + self.per_paragraph_bytes * paragraphs


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows; `per_worker_bytes` is the memory of one more worker by number of paragraphs."""

    line: MemoryLine
    per_worker_bytes: dict[int, float]


def compute(servers: Sequence[ServerMemory]) -> Figures:
    """Compute all figures from raw records."""
    return Figures(fit_line(servers), per_worker(servers))


def fit_line(servers: Sequence[ServerMemory]) -> MemoryLine:
    """Fit a line to the memory of servers with one worker.

    Raises:
        ValueError: the servers have fewer than two sizes.
    """
    single = [one for one in servers if one.workers == 1]
    line = fit_line_to([(one.paragraphs, one.pss_bytes) for one in single])
    return MemoryLine(line.base, line.slope, line.most_off, max(one.paragraphs for one in single))


def per_worker(servers: Sequence[ServerMemory]) -> dict[int, float]:
    """Return the mean memory in bytes that each worker after the first adds, by number of paragraphs."""
    first = {one.paragraphs: one for one in servers if one.workers == 1}
    added: dict[int, list[float]] = {}
    for one in servers:
        if one.workers > 1 and one.paragraphs in first:
            more = (one.pss_bytes - first[one.paragraphs].pss_bytes) / (one.workers - 1)
            added.setdefault(one.paragraphs, []).append(more)
    return {paragraphs: float(np.mean(some)) for paragraphs, some in sorted(added.items())}
