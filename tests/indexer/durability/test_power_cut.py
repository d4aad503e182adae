"""After a power cut at any moment, what was confirmed is there, everything opens, and people go on."""

import ast
import re
from pathlib import Path

import pytest

import indexer
from tests.indexer.durability.commands import SCENARIOS, Scenario, khabar, nothing
from tests.indexer.durability.conftest import Replays
from tests.indexer.durability.replay import record

pytestmark = pytest.mark.slow  # many states of many stores

NAMES = tuple(scenario.name for scenario in SCENARIOS)

FLUSHES = {"flush", "flush_tree", "os.fsync"}
OUTSIDE_THE_STORE = {"bundled_model"}  # test_bundled_model.py
FLUSHED_AGAIN = {"alert_files.write_alert_files > durable_files.write_atomically > durable_files.flush (folder)"}
"""The first of two files in one folder: writing the second one flushes the folder once more."""


@pytest.mark.parametrize("name", NAMES)
def test_a_power_cut_loses_nothing_that_was_confirmed(replay_of: Replays, name: str) -> None:
    assert sorted(set(replay_of(name).faults())) == []


@pytest.mark.parametrize("name", NAMES)
def test_people_go_on_after_a_power_cut(replay_of: Replays, name: str) -> None:
    assert sorted(set(replay_of(name).faults_after_proceeding())) == []


def test_a_power_cut_during_a_build_with_a_model(tiny_model: Path, tmp_path: Path) -> None:
    source = tmp_path / "articles.jsonl"
    source.write_text('{"id": "a", "text": "The harbour was closed on Sunday because of a storm off the coast."}\n')
    build = khabar("index", "build", str(source), "--model", str(tiny_model))
    replay = record(Scenario("build with a model", nothing, (build, build), nothing), tmp_path)
    assert sorted(set(replay.faults())) == []
    sites = replay.recording.sites()
    assert any(site.startswith("publish.install_encoder") for site in sites)
    assert [site for site in sites if not any(replay.faults(without=site))] == []


def test_every_flush_in_the_source_is_one_of_these(replay_of: Replays) -> None:
    """A new flush belongs to a step of some scenario, or nobody knows whether it is needed."""
    sites = [site for name in NAMES for site in replay_of(name).recording.sites()]
    ran = {line for site in sites for line in re.findall(r"(\w+)\.\w+:(\d+)", site)}
    written = {
        (path.stem, str(node.lineno))
        for path in Path(indexer.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in FLUSHES
    }
    assert len(written) > 10
    assert {(file, line) for file, line in written - ran if file not in OUTSIDE_THE_STORE} == set()


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
