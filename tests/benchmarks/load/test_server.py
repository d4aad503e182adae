"""Starting, measuring and stopping a server process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.server import free_port, is_answering, run_server, usage_of

BLOCK_BYTES = 64 << 20


def test_server_runs_during_the_block_only_and_its_use_is_measured(tmp_path: Path) -> None:
    port = free_port()
    server_of_a_folder = (
        f"import http.server as h; block = b'x' * {BLOCK_BYTES}; "
        f"h.ThreadingHTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"
    )
    with run_server([sys.executable, "-c", server_of_a_folder], port, "/", log=tmp_path / "log") as server:
        usage = server.usage()
        assert usage is not None
        assert server.cold_start_s is not None
        assert usage.processes == 1
        assert BLOCK_BYTES < usage.pss_bytes < usage.rss_bytes < 4 * BLOCK_BYTES
        assert 0 < usage.cpu_s < server.cold_start_s + 1
    assert not is_answering(server.url, "/")


def test_usage_counts_child_processes() -> None:
    before = usage_of(os.getpid())
    block = f"block = b'x' * {BLOCK_BYTES}; print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", block], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        during = usage_of(os.getpid())
    assert during.processes == before.processes + 1
    assert during.pss_bytes - before.pss_bytes > BLOCK_BYTES // 2


def test_server_that_ends_at_once_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such store')"]
    with (
        pytest.raises(BenchmarkError, match="no such store"),
        run_server(command, free_port(), "/", log=tmp_path / "log"),
    ):
        pass
