"""After a power cut at any moment, what was confirmed is there, everything opens, and people go on."""

import pytest

from tests.indexer.durability.commands import SCENARIOS
from tests.indexer.durability.conftest import Replays

NAMES = tuple(scenario.name for scenario in SCENARIOS)
MANY_STATES = {"takedown", "acceptance of a shortened log", "alerts", "keys"}

FLUSHED_AGAIN = {"run._write_files > durable_files.write_atomically > durable_files.flush (folder)"}
"""The first of two files in one folder: writing the second one flushes the folder once more."""


@pytest.mark.parametrize("name", NAMES)
def test_a_power_cut_loses_nothing_that_was_confirmed(replay_of: Replays, name: str) -> None:
    assert sorted(set(replay_of(name).faults())) == []


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n in MANY_STATES)) for n in NAMES])
def test_people_go_on_after_a_power_cut(replay_of: Replays, name: str) -> None:
    assert sorted(set(replay_of(name).faults_after_proceeding())) == []


def test_every_flush_is_needed(replay_of: Replays) -> None:
    """Without the flushes of any one place, some power cut loses or breaks something."""
    needed: dict[str, bool] = {}
    for replay in map(replay_of, NAMES):
        for site in replay.recording.sites():
            if not needed.get(site):
                needed[site] = any(replay.faults(without=site))
    assert len(needed) > 20
    assert {_without_line_numbers(site) for site, is_needed in needed.items() if not is_needed} == FLUSHED_AGAIN


def _without_line_numbers(site: str) -> str:
    place, _, kind = site.rpartition(" ")
    return " > ".join(line.partition(":")[0] for line in place.split(" > ")) + f" {kind}"
