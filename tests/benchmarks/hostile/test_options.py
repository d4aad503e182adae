"""Options that are wrong end before anything is measured."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.hostile.__main__ import app


@pytest.mark.parametrize("option", ["--baseline", "--revision"])
def test_what_is_no_checkout_is_not_compared(option: str, tmp_path: Path) -> None:
    wanted = ["measure", "--store", str(tmp_path), "--queries", str(tmp_path / "queries.jsonl"), option]
    done = CliRunner().invoke(app, [*wanted, str(tmp_path / "03f7715")], env={"TERMINAL_WIDTH": "400"})
    assert done.exit_code == 2
    assert "is not a checkout of khabar" in done.output
