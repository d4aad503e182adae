"""A straight line through measurements."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """`base` + `slope` * x; `most_off` is the largest relative error at a point of the fit."""

    base: float
    slope: float
    most_off: float

    def at(self, x: float) -> float:
        """Return the value of the line."""
        return self.base + self.slope * x


def fit_line(points: Sequence[tuple[float, float]]) -> Line:
    """Fit a line to points (x, y), y above 0, by least squares of relative errors.

    So a small value counts as much as a large one.

    Raises:
        ValueError: the points have fewer than two different x.
    """
    x, y = np.array(points, dtype=np.float64).reshape(-1, 2).T
    if len(set(x.tolist())) < 2:
        raise ValueError("a line needs points at two places or more")
    rows = np.stack([np.ones_like(x), x], axis=1) / y[:, None]
    (base, slope), *_ = np.linalg.lstsq(rows, np.ones_like(x), rcond=None)
    return Line(float(base), float(slope), float(np.abs((base + slope * x) / y - 1).max()))
