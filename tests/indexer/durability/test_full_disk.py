"""A disk that is full or fails once, at any operation: one line, nothing is lost, and nothing blocks what follows."""

from pathlib import Path
from typing import get_args

import pytest

from tests.indexer.durability.commands import SCENARIOS, Scenario
from tests.indexer.durability.full_disk import Fault, faults_of

pytestmark = pytest.mark.slow  # many states of many stores

CASES = [
    pytest.param(scenario, fault, id=f"{scenario.name}-{fault}") for scenario in SCENARIOS for fault in get_args(Fault)
]


@pytest.mark.parametrize(("scenario", "fault"), CASES)
def test_a_fault_of_the_disk_loses_nothing_and_blocks_nothing(scenario: Scenario, fault: Fault, tmp_path: Path) -> None:
    assert list(faults_of(scenario, fault, tmp_path)) == []
