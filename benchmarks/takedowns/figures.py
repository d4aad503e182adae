"""From raw records to figures: articles shown again, and answers that came too late."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.takedowns.load import LoadRun
from benchmarks.takedowns.losses import Loss
from benchmarks.takedowns.records import Records

PROMISED_S = 2.0
"""The seconds within which docs/store.md promises that a takedown has effect."""


@dataclass(frozen=True, slots=True)
class LossFigures:
    """Trials with one kind of loss, and in how many of them something was wrong."""

    kind: str
    trials: int
    shown_again: int
    unnoticed: int
    started: int
    not_restored: int


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """Takedowns under load; seconds, and numbers of answers.

    `found_before` are answers that had an article before its takedown was recorded. `leaks_promised` had it although
    they were asked for more than `PROMISED_S` after that, `leaks_confirmed` although all processes had confirmed.
    `failed` are answers other than 200 and 404.
    """

    takedowns: int
    swaps: int
    answers: int
    failed: int
    found_before: int
    leaks_promised: int
    leaks_confirmed: int
    unconfirmed: int
    confirmed_median_s: float
    confirmed_most_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows."""

    losses: list[LossFigures]
    load: LoadFigures


def compute(records: Records) -> Figures:
    """Return the figures of a run."""
    return Figures(loss_figures(records.losses), load_figures(records.load))


def loss_figures(losses: Sequence[Loss]) -> list[LossFigures]:
    """Return the figures of each kind of loss, in the order of the first trials."""
    figures = []
    for kind in dict.fromkeys(loss.kind for loss in losses):
        trials = [loss for loss in losses if loss.kind == kind]
        figures.append(
            LossFigures(
                kind,
                len(trials),
                shown_again=sum(bool(trial.shown) for trial in trials),
                unnoticed=sum(not trial.noticed for trial in trials),
                started=sum(trial.started for trial in trials),
                not_restored=sum(not trial.restored for trial in trials),
            )
        )
    return figures


def load_figures(run: LoadRun) -> LoadFigures:
    """Return the figures of the run under load."""
    by_id = {takedown.article_id: takedown for takedown in run.takedowns}
    found = [(answer.started_s, by_id[answer.article_id]) for answer in run.answers if answer.found]
    waited = [one.confirmed_s - one.recorded_s for one in run.takedowns if one.confirmed_s is not None]
    return LoadFigures(
        takedowns=len(run.takedowns),
        swaps=run.swaps,
        answers=len(run.answers),
        failed=sum(answer.status not in {200, 404} for answer in run.answers),
        found_before=sum(at < takedown.recorded_s for at, takedown in found),
        leaks_promised=sum(at > takedown.recorded_s + PROMISED_S for at, takedown in found),
        leaks_confirmed=sum(takedown.confirmed_s is not None and at > takedown.confirmed_s for at, takedown in found),
        unconfirmed=sum(one.confirmed_s is None for one in run.takedowns),
        confirmed_median_s=round(float(np.median(waited)), 2) if waited else 0.0,
        confirmed_most_s=round(max(waited, default=0.0), 2),
    )
