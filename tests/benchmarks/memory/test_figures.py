"""The line through what servers hold, on hand-made servers."""

import pytest

from benchmarks.memory.figures import Held, fit, per_worker

MIB = 2**20


def held(paragraphs: int, pss_mib: float, workers: int = 1) -> Held:
    return Held(paragraphs, workers, int(pss_mib * MIB), 0)


def test_line_goes_through_points_on_a_line() -> None:
    line = fit([held(0, 100), held(1_000_000, 1_100), held(500_000, 600), held(500_000, 900, workers=2)])
    assert line.base_bytes == pytest.approx(100 * MIB)
    assert line.per_paragraph_bytes == pytest.approx(MIB / 1000)
    assert line.most_off == pytest.approx(0, abs=1e-9)
    assert line.largest == 1_000_000
    assert line.predicted(250_000) == pytest.approx(350 * MIB)


def test_line_tells_how_far_it_is_off() -> None:
    line = fit([held(0, 100), held(100, 100), held(100, 150)])
    assert 0.1 < line.most_off < 0.3


def test_line_needs_two_sizes() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        fit([held(10, 100), held(10, 101), held(20, 200, workers=2)])


def test_worker_adds_what_is_not_shared() -> None:
    servers = [held(10, 100), held(10, 130, workers=2), held(10, 190, workers=4), held(99, 500), held(7, 90, workers=2)]
    assert per_worker(servers) == {10: 30 * MIB}
