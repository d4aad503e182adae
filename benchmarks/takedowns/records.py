"""Raw records of one run."""

from dataclasses import dataclass

from benchmarks.takedowns.load import LoadRun
from benchmarks.takedowns.losses import Loss


@dataclass(frozen=True, slots=True)
class Records:
    """Every trial with a lost log, and the run under load."""

    losses: list[Loss]
    load: LoadRun
