"""The line of memory over paragraphs, on hand-made servers."""

import pytest

from benchmarks.memory.figures import ServerMemory, fit_line, per_worker

MIB = 2**20


def held(paragraphs: int, pss_mib: float, workers: int = 1) -> ServerMemory:
    return ServerMemory(paragraphs, workers, int(pss_mib * MIB), 0)


def test_line_goes_through_points_on_a_line() -> None:
    line = fit_line([held(0, 100), held(1_000_000, 1_100), held(500_000, 600), held(500_000, 900, workers=2)])
    assert line.base_bytes == pytest.approx(100 * MIB)
    assert line.per_paragraph_bytes == pytest.approx(MIB / 1000)
    assert line.most_off == pytest.approx(0, abs=1e-9)
    assert line.largest == 1_000_000
    assert line.predicted(250_000) == pytest.approx(350 * MIB)


def test_line_reports_its_largest_relative_error() -> None:
    line = fit_line([held(0, 100), held(100, 100), held(100, 150)])
    # At 100 paragraphs the value v minimises (v / 100 - 1)² + (v / 150 - 1)²: 1500 / 13 MiB, 3 / 13 less than 150.
    assert line.predicted(100) == pytest.approx(1500 / 13 * MIB)
    assert line.most_off == pytest.approx(3 / 13)


def test_line_needs_two_sizes() -> None:
    with pytest.raises(ValueError, match="two places"):
        fit_line([held(10, 100), held(10, 101), held(20, 200, workers=2)])


def test_worker_adds_the_memory_that_is_not_shared() -> None:
    servers = [held(10, 100), held(10, 130, workers=2), held(10, 190, workers=4), held(99, 500), held(7, 90, workers=2)]
    assert per_worker(servers) == {10: 30 * MIB}
