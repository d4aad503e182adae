"""Starting, watching and ending a server process."""

import sys
from pathlib import Path

import pytest

from benchmarks.latency.closed_loop import LoadError
from benchmarks.latency.server import answers, free_port, running


def test_server_is_started_watched_and_ended(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with running(command, port, "/", log=tmp_path / "log") as server:
        assert server.cold_start_s is not None
        usage = server.usage()
        assert usage is not None
        assert usage.processes == 1
        assert 0 < usage.pss_bytes <= usage.rss_bytes
    assert not answers(server.url, "/")


def test_server_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such store')"]
    with pytest.raises(LoadError, match="no such store"), running(command, free_port(), "/", log=tmp_path / "log"):
        pass
