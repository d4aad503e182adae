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
TEXTS = [*UNITS, DEPLOY / "crontab"]


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


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_commands_and_settings_in_units_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for line in re.findall(r"/bin/khabar ([^&)>\n]+)", text):
        command: Any = typer.main.get_command(app)
        words = line.split()
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands"), line
        command.make_context("khabar", words).close()
    for name in re.findall(r"KHABAR_([A-Z_]+)=", text):
        assert name.lower() in Settings.model_fields or name == "MODEL_CACHE"
