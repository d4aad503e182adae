"""The error that ends a benchmark with a message instead of a traceback."""


class BenchmarkError(Exception):
    """The benchmark cannot go on, or its result cannot be trusted; the message says why."""
