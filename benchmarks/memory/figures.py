"""A line through what servers hold, and what one more process adds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Held:
    """A server under load: paragraphs it serves, its worker processes, and the memory of all of them.

    `pss_bytes` counts pages that several processes share once in all, `private_bytes` what no other process has.
    """

    paragraphs: int
    workers: int
    pss_bytes: int
    private_bytes: int


@dataclass(frozen=True, slots=True)
class Line:
    """Memory of one worker: `base_bytes` and `per_paragraph_bytes`, fitted by least squares of relative errors.

    `most_off` is the largest relative error of the line, `largest` the number of paragraphs up to which it was fitted.
    """

    base_bytes: float
    per_paragraph_bytes: float
    most_off: float
    largest: int

    def predicted(self, paragraphs: int) -> float:
        """Return the bytes that a server with one worker holds."""
        return self.base_bytes + self.per_paragraph_bytes * paragraphs


def fit(held: Sequence[Held]) -> Line:
    """Fit the memory of servers with one worker.

    Raises:
        ValueError: there are fewer than two sizes.
    """
    single = [one for one in held if one.workers == 1]
    sizes = np.array([one.paragraphs for one in single], dtype=np.float64)
    if len(set(sizes.tolist())) < 2:
        raise ValueError("a line needs servers of two sizes or more")
    bytes_held = np.array([one.pss_bytes for one in single], dtype=np.float64)
    # Each row divided by what was measured: a small server counts as much as a large one.
    rows = np.stack([np.ones_like(sizes), sizes], axis=1) / bytes_held[:, None]
    (base, slope), *_ = np.linalg.lstsq(rows, np.ones_like(sizes), rcond=None)
    off = np.abs((base + slope * sizes) / bytes_held - 1)
    return Line(float(base), float(slope), float(off.max()), int(sizes.max()))


def per_worker(held: Sequence[Held]) -> dict[int, float]:
    """Return what each worker after the first adds on average, in bytes, by paragraphs served."""
    first = {one.paragraphs: one for one in held if one.workers == 1}
    added: dict[int, list[float]] = {}
    for one in held:
        if one.workers > 1 and one.paragraphs in first:
            more = (one.pss_bytes - first[one.paragraphs].pss_bytes) / (one.workers - 1)
            added.setdefault(one.paragraphs, []).append(more)
    return {paragraphs: float(np.mean(some)) for paragraphs, some in sorted(added.items())}
