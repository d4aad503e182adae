"""ONNX Runtime sends nothing about this machine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_importing_the_query_encoder_prepares_no_telemetry(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    program = "import time; from indexer.snapshot.encoder import onnx_encoder; time.sleep(0.5)"
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=tmp_path)
    # With telemetry, it would keep an id of the machine and a queue of events there.
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
