"""What a score means, on hand-made numbers."""

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.scores.calibration import DEFAULT, Background, BackgroundCosines, Calibration

STANDARD = Calibration({"en>ar": Background(0.0, 0.1, 0.1)}, Background(0.0, 0.1, 0.1))


def unrelated(cosines: FloatArray) -> BackgroundCosines:
    """Take cosines, shape (n_queries, n_paragraphs), all of them for unrelated."""
    return BackgroundCosines(cosines.ravel(), cosines.max(axis=1), cosines.shape[1])


def normal(n_queries: int, n_paragraphs: int, *, mean: float = 0.05, deviation: float = 0.08) -> FloatArray:
    rng = np.random.default_rng(0)
    return rng.normal(mean, deviation, size=(n_queries, n_paragraphs)).astype(np.float32)


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


@pytest.mark.parametrize("relevance", [0.001, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("n_paragraphs", [1, 139, 10**7])
def test_least_score_is_the_inverse_of_relevance(relevance: float, n_paragraphs: int) -> None:
    calibration = Calibration({"en>ar": Background(0.02, 0.09, 0.08)}, Background(0.0, 0.1, 0.1))
    score = calibration.least_score(relevance, "en", "ar", n_paragraphs)
    assert calibration.relevance(score, "en", "ar", n_paragraphs) == pytest.approx(relevance, rel=1e-5)


def test_pairs_of_languages_have_backgrounds_of_their_own() -> None:
    calibration = Calibration(
        {"en>ar": Background(0.2, 0.1, 0.1), "ar>en": Background(0.0, 0.1, 0.1)}, Background(0.1, 0.1, 0.1)
    )
    scores = [calibration.relevance(0.2, *pair, 1) for pair in (("en", "ar"), ("ar", "en"), ("und", "en"))]
    assert scores == pytest.approx([0.5, 0.97725, 0.841345], abs=1e-5)


def test_background_fits_mean_tail_and_best_of_normal_cosines() -> None:
    background = Background.measure(unrelated(normal(200, 2_000)))
    assert background.mean == pytest.approx(0.05, abs=0.002)
    assert background.deviation == pytest.approx(0.08, abs=0.002)
    assert background.level == pytest.approx(0.08, abs=0.002)


@pytest.mark.parametrize("n_paragraphs", [50, 500, 5_000])
def test_level_does_not_depend_on_the_number_of_paragraphs(n_paragraphs: int) -> None:
    assert Background.measure(unrelated(normal(400, n_paragraphs))).level == pytest.approx(0.08, rel=0.05)


def test_heavy_tail_widens_the_spread() -> None:
    rng = np.random.default_rng(0)
    heavy = 0.08 * rng.standard_t(3, size=(100, 2_000))
    assert Background.measure(unrelated(heavy.astype(np.float32))).deviation > 0.08 * 1.5


def test_queries_that_have_an_answer_do_not_move_the_level() -> None:
    cosines = normal(100, 200)
    clean = Background.measure(unrelated(cosines))
    cosines[:40, 7] = 0.9  # what the others find by chance is well below
    answered = Background.measure(unrelated(cosines))
    assert answered.level == pytest.approx(clean.level, rel=0.2)
    assert answered.deviation > 2 * clean.deviation


def test_measured_pairs_need_ten_thousand_cosines() -> None:
    many, few = normal(200, 100, mean=0.3), normal(101, 99)
    calibration = Calibration.measure({("en", "en"): unrelated(many), ("en", "ar"): unrelated(few)})
    assert set(calibration.by_pair) == {"en>en"}
    assert calibration.default == calibration.by_pair["en>en"]


def test_other_pairs_get_the_mean_of_those_measured() -> None:
    pairs = {("en", "en"): unrelated(normal(200, 100, mean=0.1)), ("ar", "en"): unrelated(normal(200, 100, mean=0.3))}
    assert Calibration.measure(pairs).default.mean == pytest.approx(0.2, abs=0.01)


def test_tiny_corpora_get_the_default() -> None:
    assert Calibration.measure({("en", "en"): unrelated(normal(10, 10))}) == Calibration({}, DEFAULT)
    assert Calibration.measure({}).default == DEFAULT


def test_cosines_without_any_spread_do_not_divide_by_zero() -> None:
    calibration = Calibration.measure({("en", "en"): unrelated(np.zeros((100, 100), dtype=np.float32))})
    assert calibration.relevance(0.5, "en", "en", 1) == 1.0


def test_scores_of_wide_pairs_are_scaled_down_and_relevance_does_not_change() -> None:
    backgrounds = {"en>en": Background(0.0, 0.2, 0.2), "en>ar": Background(0.0, 0.05, 0.05)}
    equal, bare = (Calibration(backgrounds, Background(0.0, 0.1, 0.1), equalised=flag) for flag in (True, False))
    assert [equal.scale("en", language) for language in ("en", "ar", "fr")] == [0.5, 2.0, 1.0]
    assert [bare.scale("en", language) for language in ("en", "ar", "fr")] == [1.0, 1.0, 1.0]
    # a cosine of 0.3 in English and one of 0.075 in Arabic are equally unusual: the same score
    assert equal.relevance(0.15, "en", "en", 100) == equal.relevance(0.15, "en", "ar", 100)
    assert equal.relevance(0.15, "en", "en", 100) == bare.relevance(0.3, "en", "en", 100)
