"""Logging of the service and of uvicorn: text or JSON on standard error, each line with the id of its request."""

import logging
import time
from typing import Any, Literal

LogFormat = Literal["text", "json"]

_REPEATS, _PER_S = 5, 60.0


class LimitRepeats(logging.Filter):
    """Lets a warning pass five times a minute; anybody who can send requests could fill a disk with it.

    The first of the next minute says how many were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._began = 0.0
        self._counts: dict[object, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be logged."""
        if record.levelno != logging.WARNING:
            return True
        now = time.monotonic()
        if now - self._began > _PER_S:
            left_out = sum(count - _REPEATS for count in self._counts.values() if count > _REPEATS)
            self._began, self._counts = now, {}
            if left_out:
                record.msg = f"{record.msg} [{left_out:,} warnings were left out before]"
        self._counts[record.msg] = self._counts.get(record.msg, 0) + 1
        return self._counts[record.msg] <= _REPEATS


def logging_config(log_format: LogFormat, *, access_log: bool) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`."""
    text = "%(asctime)s %(levelname)s %(message)s [%(correlation_id)s]"
    formatters: dict[LogFormat, dict[str, Any]] = {
        "text": {"format": text},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(correlation_id)s %(process)d",
            "rename_fields": {"asctime": "at", "levelname": "level", "correlation_id": "request_id"},
            "json_ensure_ascii": False,
        },
    }
    handler = {
        "class": "logging.StreamHandler",
        "formatter": "chosen",
        "filters": ["request id", "repeats"],
        "stream": "ext://sys.stderr",
    }
    levels = {
        "search_api": "INFO",
        "indexer.store.remote": "INFO",
        "uvicorn.error": "INFO",
        "uvicorn.access": "INFO" if access_log else "CRITICAL",
        "asgi_correlation_id": "ERROR",  # it warns of every id that a client may not set
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"chosen": formatters[log_format]},
        "filters": {
            "request id": {"()": "asgi_correlation_id.CorrelationIdFilter", "default_value": "-"},
            "repeats": {"()": LimitRepeats},
        },
        "handlers": {"stderr": handler},
        "loggers": {
            name: {"handlers": ["stderr"], "level": level, "propagate": False} for name, level in levels.items()
        },
    }
