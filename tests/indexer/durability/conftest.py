"""Recordings of all scenarios, each made once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.indexer.durability.commands import SCENARIOS
from tests.indexer.durability.replay import Replay, record

Replays = Callable[[str], Replay]


@pytest.fixture(scope="package")
def replay_of(tmp_path_factory: pytest.TempPathFactory) -> Replays:
    """Return a function that returns the replay of a scenario by its name."""
    scratch: Path = tmp_path_factory.mktemp("power-cuts")
    scenarios = {scenario.name: scenario for scenario in SCENARIOS}

    @cache
    def replay(name: str) -> Replay:
        return record(scenarios[name], scratch)

    return replay
