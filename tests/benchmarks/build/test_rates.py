"""The order in which both ways of embedding are timed."""

from benchmarks.build.rates import time_in_turns


def test_the_way_that_begins_alternates() -> None:
    order: list[str] = []
    time_in_turns(lambda: order.append("khabar"), lambda: order.append("plain"), 3)
    assert order == ["khabar", "plain", "plain", "khabar", "khabar", "plain"]
