"""Connecting to a Ray cluster: for builds that embed there, and services whose shards are there."""

import logging
import os
import socket
from typing import Any

from indexer.snapshot.errors import UsageError

_REACHED_WITHIN_S = 10.0
"""Ray itself would try for minutes to reach an address where nothing listens."""


def connect_ray(address: str | None) -> Any:
    """Connect this process to a cluster, or start one on this machine if `address` is None; return the module `ray`.

    Raises:
        UsageError: Ray is not installed, there is no cluster at the address, or it does not take this machine's token.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UsageError("--engine ray needs Ray: pip install 'khabar[ray]'") from error
    _check_reachable(address)
    try:
        ray.init(address=address or "local", include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except ray.exceptions.AuthenticationError as error:
        raise UsageError("the Ray cluster needs a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN") from error
    except (ConnectionError, ValueError, RuntimeError) as error:
        problem = str(error).splitlines()[0]
        if _host_and_port(address):
            problem += "; something listens there, so Ray's version or RAY_AUTH_TOKEN may be another one than here"
        raise UsageError(f"--ray-address: {address or 'this machine'}: {problem}") from error
    return ray


def _check_reachable(address: str | None) -> None:
    place = _host_and_port(address)
    if place is None:
        return
    try:
        socket.create_connection(place, _REACHED_WITHIN_S).close()
    except OSError as error:
        raise UsageError(f"--ray-address: nothing answers at {address}: {error.strerror or error}") from error


def _host_and_port(address: str | None) -> tuple[str, int] | None:
    """Return the parts of an address such as head:6379; None for `auto`, and for all that only Ray understands."""
    host, _, port = (address or "").rpartition(":")
    return (host, int(port)) if host and "/" not in host and port.isdecimal() else None
