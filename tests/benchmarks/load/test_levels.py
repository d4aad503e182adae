"""What a server used for one level of load."""

from benchmarks.load.levels import ServerUse, use_between
from benchmarks.load.server import Usage


def test_use_is_the_cpu_time_between_two_readings_and_the_memory_of_the_second() -> None:
    after = Usage(processes=2, cpu_s=5.0, rss_bytes=3, pss_bytes=2)
    assert use_between(Usage(1, 4.0, 0, 0), after) == ServerUse(1.0, after)


def test_server_that_the_benchmark_did_not_start_has_no_use() -> None:
    assert use_between(None, None) is None
