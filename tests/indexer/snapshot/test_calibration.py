"""What a score means, on hand-made numbers."""

import numpy as np
import pytest

from indexer.snapshot.calibration import DEFAULT, Background, Calibration

STANDARD = Calibration({"en>ar": Background(mean=0.0, spread=0.1)}, Background(mean=0.0, spread=0.1))


@pytest.mark.parametrize(
    ("score", "n_paragraphs", "expected"),
    [
        (0.0, 1, 0.5),  # half of all unrelated pairs score higher
        (0.0, 2, 0.25),
        (0.1, 1, 0.841345),  # one deviation above
        (0.1, 10, 0.841345**10),
        (0.5, 1_000, 0.999713),  # 5 deviations: 2.87e-7 of pairs score higher
        (0.5, 1_000_000, 0.750774),
        (-9.0, 1, 0.0),
        (9.0, 10**9, 1.0),
    ],
)
def test_relevance_is_the_chance_that_no_unrelated_paragraph_scores_so_high(
    score: float, n_paragraphs: int, expected: float
) -> None:
    assert STANDARD.relevance(score, "en", "ar", n_paragraphs) == pytest.approx(expected, abs=1e-5)


def test_pairs_of_languages_have_backgrounds_of_their_own() -> None:
    calibration = Calibration({"en>ar": Background(0.2, 0.1), "ar>en": Background(0.0, 0.1)}, Background(0.1, 0.1))
    scores = [calibration.relevance(0.2, *pair, 1) for pair in (("en", "ar"), ("ar", "en"), ("und", "en"))]
    assert scores == pytest.approx([0.5, 0.97725, 0.841345], abs=1e-5)


def test_background_fits_mean_and_upper_tail() -> None:
    rng = np.random.default_rng(0)
    background = Background.measure(rng.normal(0.05, 0.08, size=200_000).astype(np.float32))
    assert background.mean == pytest.approx(0.05, abs=0.002)
    assert background.spread == pytest.approx(0.08, abs=0.002)


def test_heavy_tail_widens_the_spread() -> None:
    rng = np.random.default_rng(0)
    heavy = 0.08 * rng.standard_t(3, size=200_000)
    assert Background.measure(heavy.astype(np.float32)).spread > 0.08 * 1.5


def test_measured_pairs_need_ten_thousand_scores() -> None:
    rng = np.random.default_rng(0)
    many, few = (rng.normal(0.3, 0.1, size=n).astype(np.float32) for n in (20_000, 9_999))
    calibration = Calibration.measure(
        {("en", "en"): [many[:8_000], many[8_000:]], ("en", "ar"): [few], ("ar", "ar"): []}
    )
    assert set(calibration.by_pair) == {"en>en"}
    assert calibration.default.mean == pytest.approx(0.3, abs=0.01)


def test_tiny_corpora_get_the_default() -> None:
    assert Calibration.measure({("en", "en"): [np.zeros(10, dtype=np.float32)]}) == Calibration({}, DEFAULT)
    assert Calibration.measure({}).default == DEFAULT


def test_scores_without_any_spread_do_not_divide_by_zero() -> None:
    calibration = Calibration.measure({("en", "en"): [np.zeros(10_000, dtype=np.float32)]})
    assert calibration.relevance(0.5, "en", "en", 1) == 1.0


def test_scores_of_wide_pairs_are_scaled_down_and_relevance_does_not_change() -> None:
    backgrounds = {"en>en": Background(0.0, 0.2), "en>ar": Background(0.0, 0.05)}
    equal, bare = (Calibration(backgrounds, Background(0.0, 0.1), equalised=flag) for flag in (True, False))
    assert [equal.scale("en", language) for language in ("en", "ar", "fr")] == [0.5, 2.0, 1.0]
    assert [bare.scale("en", language) for language in ("en", "ar", "fr")] == [1.0, 1.0, 1.0]
    # a cosine of 0.3 in English and one of 0.075 in Arabic are equally unusual: the same score
    assert equal.relevance(0.15, "en", "en", 100) == equal.relevance(0.15, "en", "ar", 100)
    assert equal.relevance(0.15, "en", "en", 100) == bare.relevance(0.3, "en", "en", 100)
