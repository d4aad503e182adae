"""Figures of takedowns on hand-made records, and a small real run of losses."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.takedowns import losses as losing
from benchmarks.takedowns.figures import load_figures, loss_figures
from benchmarks.takedowns.load import Answer, LoadRun, LoadTakedown
from benchmarks.takedowns.losses import Loss, lose_log
from indexer.snapshot.layout import StoreLayout
from search_api.watcher import StoreWatcher
from tests.conftest import ARTICLES
from tests.fakes import publish_fake_store

WELL = Loss("deleted", shown=[], noticed=True, started=False, restored=True)


def test_every_fault_of_a_trial_is_counted() -> None:
    losses = [
        WELL,
        replace(WELL, shown=["a", "b"]),
        replace(WELL, noticed=False),
        replace(WELL, started=True),
        replace(WELL, restored=False),
        replace(WELL, kind="emptied"),
    ]
    deleted, emptied = loss_figures(losses)
    assert (deleted.kind, deleted.trials) == ("deleted", 5)
    assert (deleted.shown_again, deleted.unnoticed, deleted.started, deleted.not_restored) == (1, 1, 1, 1)
    assert (emptied.kind, emptied.trials, emptied.shown_again) == ("emptied", 1, 0)


def test_answers_are_leaks_by_the_time_at_which_they_were_asked_for() -> None:
    takedowns = [LoadTakedown("a", 10.0, 10.6), LoadTakedown("b", 20.0, None)]
    asked = [("a", 9.0), ("a", 10.3), ("a", 10.7), ("a", 12.1), ("b", 21.0), ("b", 22.5)]
    answers = [Answer(one, by_id=True, started_s=at, status=200, found=True) for one, at in asked]
    gone = Answer("a", by_id=True, started_s=13.0, status=404, found=False)
    answers += [gone, replace(gone, status=503), replace(gone, status=0)]
    figures = load_figures(LoadRun(workers=4, clients=1, swaps=2, takedowns=takedowns, answers=answers))
    assert (figures.takedowns, figures.swaps, figures.answers, figures.failed) == (2, 2, 9, 2)
    assert (figures.found_before, figures.leaks_promised, figures.leaks_confirmed) == (1, 2, 2)
    assert (figures.unconfirmed, figures.confirmed_median_s, figures.confirmed_most_s) == (1, 0.6, 0.6)


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    publish_fake_store(tmp_path / "store", ARTICLES)
    return StoreLayout(tmp_path / "store")


def test_a_log_is_lost_in_every_way(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losing, "_NOBODY", 0)  # the folders of a test are closed to others
    monkeypatch.setitem(losing._LOSSES, "no permission", losing._deleted)
    losses = list(lose_log(store, ["en-moon"], ["moon"], 2))
    assert len(losses) == 10
    assert {replace(loss, kind="deleted") for loss in map(_hashable, losses)} == {_hashable(WELL)}


def test_a_service_that_trusts_a_lost_log_is_found_out(store: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(watcher: StoreWatcher) -> None:
        watcher._holder.hide([])

    monkeypatch.setattr(StoreWatcher, "_follow_takedowns", trusting)
    loss = next(lose_log(store, ["en-moon"], ["moon"], 1))
    assert (loss.shown, loss.noticed) == (["en-moon"], False)


def _hashable(loss: Loss) -> Loss:
    return replace(loss, shown=tuple(loss.shown))  # type: ignore[arg-type]
