"""Vectors of articles and the levels of chance, by hand and against brute force."""

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.vectors import article_vectors as module
from indexer.vectors.article_vectors import (
    FEW_REFERENCES,
    NEAREST_REFERENCES,
    PARAGRAPH_WEIGHT,
    USUAL_LEVEL_ACROSS,
    USUAL_LEVEL_WITHIN,
    DatedArticles,
    article_vectors,
    chance_levels,
)

AXES = np.eye(8, dtype=np.float32)


def test_each_paragraph_weighs_less_than_the_one_before() -> None:
    vectors = article_vectors(AXES[:3], np.array([0, 0, 1], dtype=np.int32), 2)
    expected = unit(np.array([1, PARAGRAPH_WEIGHT, 0, 0, 0, 0, 0, 0], dtype=np.float32))
    assert vectors[0] == pytest.approx(expected)
    assert vectors[1] == pytest.approx(AXES[2])
    assert vectors.dtype == np.float32


def test_paragraphs_after_the_fourth_do_not_count() -> None:
    rows = np.zeros(6, dtype=np.int32)
    whole, beginning = article_vectors(AXES[:6], rows, 1), article_vectors(AXES[:4], rows[:4], 1)
    assert whole == pytest.approx(beginning)


def test_article_without_paragraphs_has_no_direction() -> None:
    vectors = article_vectors(AXES[:2], np.array([0, 2], dtype=np.int32), 3)
    assert vectors[1].tolist() == [0] * 8
    assert np.linalg.norm(vectors, axis=1).tolist() == [1, 0, 1]


def random_articles(n: int, seed: int = 5) -> DatedArticles:
    rng = np.random.default_rng(seed)
    vectors: FloatArray = unit(rng.standard_normal((n, 6)))
    languages = rng.integers(0, 2, n).astype(np.int32)
    return DatedArticles(np.arange(n), vectors, np.arange(n, dtype=np.int64), languages)


def test_level_is_the_mean_of_the_nearest_references_but_the_very_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 64)  # several blocks
    articles = random_articles(2 * FEW_REFERENCES + 100)
    levels = chance_levels(articles, 2)
    for position in (0, 7, 63, 64, 299):
        for language in (0, 1):
            others = [other for other in articles.of_language(language).tolist() if other != position]
            cosines = sorted((articles.vectors[others] @ articles.vectors[position]).tolist(), reverse=True)
            assert levels[position, language] == pytest.approx(np.mean(cosines[1 : NEAREST_REFERENCES + 1]), abs=1e-6)


def test_references_are_spread_over_all_of_a_long_time(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = random_articles(600)
    monkeypatch.setattr(module, "REFERENCES", 120)
    few = chance_levels(articles, 2)
    monkeypatch.setattr(module, "REFERENCES", 600)
    assert (chance_levels(articles, 2) >= few - 1e-6).all()
    references = articles.of_language(1)[np.arange(120) * len(articles.of_language(1)) // 120]
    position = 11
    cosines = np.sort(articles.vectors[references[references != position]] @ articles.vectors[position])[::-1]
    assert few[position, 1] == pytest.approx(cosines[1:6].mean(), abs=1e-6)


def test_few_articles_have_the_usual_levels() -> None:
    articles = random_articles(10)
    levels = chance_levels(articles, 2)
    for position, language in enumerate(articles.languages.tolist()):
        assert levels[position, language] == pytest.approx(USUAL_LEVEL_WITHIN)
        assert levels[position, 1 - language] == pytest.approx(USUAL_LEVEL_ACROSS)
