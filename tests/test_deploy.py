"""The units and the crontab that are handed out."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from search_api.cli import app
from search_api.settings import Settings
from tests.conftest import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("khabar*.*"))
TIMERS = sorted(DEPLOY.glob("*.timer"))
# How many khabar commands each file runs: a pattern that finds none would pass everything.
COMMANDS = {"khabar.service": 1, "khabar-rebuild.service": 3, "crontab": 3}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_units_are_what_systemd_understands(tmp_path: Path) -> None:
    """With a program that exists: whether khabar is installed at the path given is not the unit's fault."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace("/opt/khabar/bin/khabar", "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Failed to" in done.stderr and "bus" in done.stderr:
        pytest.skip(f"systemd-analyze cannot run here: {done.stderr.strip()}")
    assert (done.returncode, done.stderr) == (0, "")


def test_every_file_is_checked_by_a_test_below() -> None:
    assert {path.name for path in [*UNITS, DEPLOY / "crontab"]} == {*COMMANDS, *(timer.name for timer in TIMERS)}
    assert len(TIMERS) == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_exist_with_their_options(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    lines = re.findall(r"/bin/khabar ([^&)>\n]+)", text)
    assert len(lines) == COMMANDS[name]
    for line in lines:
        command: Any = typer.main.get_command(app)
        words = line.split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands"), line
        command.make_context("khabar", words).close()


@pytest.mark.parametrize("name", COMMANDS)
def test_settings_exist(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    names = re.findall(r"KHABAR_([A-Z_]+)=", text)
    assert names
    assert {name.lower() for name in names} <= {*Settings.model_fields, "model_cache"}


@pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.name)
def test_a_timer_starts_a_service_that_is_there(timer: Path) -> None:
    """systemd starts the service of the same name, unless `Unit=` names another one."""
    text = timer.read_text(encoding="utf-8")
    unit = re.search(r"^Unit=(.+)$", text, flags=re.MULTILINE)
    service = DEPLOY / (unit[1] if unit else f"{timer.stem}.service")
    assert "Type=oneshot" in service.read_text(encoding="utf-8")
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", text, flags=re.MULTILINE)
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", calendar), "once a night"


def test_timer_and_crontab_build_at_the_same_hour() -> None:
    (timer,) = TIMERS
    hour, minute = re.findall(r"^OnCalendar=\S+ (\d\d):(\d\d):", timer.read_text(encoding="utf-8"), re.MULTILINE)[0]
    lines = (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()
    (build,) = [line for line in lines if "index build" in line]
    assert build.startswith(f"{int(minute)} {int(hour)} * * *")
