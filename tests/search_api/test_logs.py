"""The log of the service: its two forms, and warnings that repeat."""

import json
import logging
import logging.config
from collections.abc import Iterator

import pytest

from search_api.logs import LimitRepeats, LogFormat, logging_config


@pytest.fixture
def configured() -> Iterator[None]:
    """Leave the loggers as they were."""
    names = list(logging_config("text", access_log=False)["loggers"])
    before = [
        (logging.getLogger(name), logging.getLogger(name).handlers[:], logging.getLogger(name).propagate)
        for name in names
    ]
    levels = [logging.getLogger(name).level for name in names]
    yield
    for (logger, handlers, propagate), level in zip(before, levels, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_each_line_has_time_level_message_and_request(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(logging_config(log_format, access_log=False))
    logging.getLogger("search_api.watcher").info("serving version %s", "خبر")
    line = capsys.readouterr().err.strip()
    if log_format == "json":
        record = json.loads(line)
        assert (record["level"], record["message"], record["request_id"]) == ("INFO", "serving version خبر", "-")
        assert record["at"]
    else:
        assert line.endswith("INFO serving version خبر [-]")


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("access_log", [False, True])
def test_requests_are_logged_on_demand(access_log: bool, capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logging_config("text", access_log=access_log))
    logging.getLogger("uvicorn.access").info('"GET /v1/search"')
    assert ("GET /v1/search" in capsys.readouterr().err) == access_log


def test_a_warning_that_repeats_is_logged_five_times_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("search_api.logs.time.monotonic", lambda: now)
    limit = LimitRepeats()

    def passes(level: int, text: str) -> str | None:
        record = logging.LogRecord("x", level, "", 0, text, None, None)
        return record.getMessage() if limit.filter(record) else None

    assert [passes(logging.WARNING, "bad request") for _ in range(8)] == ["bad request"] * 5 + [None] * 3
    assert passes(logging.WARNING, "another") == "another"
    assert [passes(logging.ERROR, "bad request") for _ in range(8)] == ["bad request"] * 8
    now += 61
    assert passes(logging.WARNING, "bad request") == "bad request [3 warnings were left out before]"
    assert passes(logging.WARNING, "bad request") == "bad request"
