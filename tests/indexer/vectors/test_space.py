"""Centres and calibration estimated from whole corpora of hand-made vectors."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.embedding.query_texts import Headline
from indexer.embedding.query_vectors import QuerySample
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.scores.calibration import DEFAULT_SHORT
from indexer.snapshot.text.query_length import QueryLength
from indexer.vectors.space import PassageVectors, calibrate, estimate_space, neutral_queries

DIM = 32


def around(direction: int, n: int, seed: int) -> FloatArray:
    """Return unit vectors that share a large part along one axis, shape (n, DIM)."""
    vectors = 0.3 * np.random.default_rng(seed).normal(size=(n, DIM))
    vectors[:, direction] += 3
    return unit(vectors)


def passages(**counts: int) -> PassageVectors:
    blocks = [around(place, n, place) for place, n in enumerate(counts.values())]
    languages = np.concatenate([np.repeat(language, n) for language, n in counts.items()])
    return PassageVectors(np.concatenate(blocks), languages, np.arange(len(languages), dtype=np.int32))


def queries(bank: dict[str, FloatArray], **counts: int) -> QuerySample:
    heads = [Headline(language, "x", row) for language, n in counts.items() for row in range(n)]
    blocks = [around(10 + place, n, 10 + place) for place, n in enumerate(counts.values())]
    return QuerySample(heads, np.concatenate([np.empty((0, DIM), dtype=np.float32), *blocks]), bank)


def test_query_centre_is_half_headlines_half_bank_whatever_their_number() -> None:
    bank = around(20, 10, 20)
    asked = queries({"en": bank}, en=1_000)
    space = estimate_space(passages(en=100), asked, shrinkage=0)
    expected = (asked.headline_vectors.mean(axis=0) + bank.mean(axis=0)) / 2
    assert space.query.of("en") == pytest.approx(expected, abs=1e-5)


def test_language_of_the_bank_has_a_query_centre_though_the_corpus_lacks_it() -> None:
    space = estimate_space(passages(ar=50), queries({"en": around(20, 100, 20)}, ar=50), shrinkage=8)
    assert set(space.query.by_language) == {"ar", "en"}
    assert set(space.passage.by_language) == {"ar"}


def test_sentences_of_a_student_have_centres_of_their_own() -> None:
    asked = queries({"en": around(20, 10, 20)}, ar=100, en=100)
    few, many = around(15, 8, 15), around(16, 800, 16)
    both = estimate_space(
        passages(ar=100, en=100), replace(asked, sentences={"ar": few, "en": many}), shrinkage=8, is_student=True
    )
    assert both.keep_short_queries
    assert both.sentence is not None
    default = both.sentence.default
    assert both.sentence.of("ar") == pytest.approx((few.mean(axis=0) + default) / 2, abs=1e-5)
    assert both.sentence.of("en") == pytest.approx(0.99 * many.mean(axis=0) + 0.01 * default, abs=1e-3)
    assert both.sentence.of("fr").tolist() == default.tolist()
    assert default[16] > default[15] > default[20]

    one = estimate_space(passages(ar=100, en=100), replace(asked, sentences={"ar": few}), shrinkage=8, is_student=True)
    assert one.sentence is not None
    expected = (few.mean(axis=0) + one.query.default) / 2
    assert one.sentence.default == pytest.approx(expected, abs=1e-5)
    assert one.sentence.of("en") == pytest.approx(expected, abs=1e-5)


def test_without_sentences_all_queries_have_the_same_centres() -> None:
    asked = queries({"en": around(20, 10, 20)}, ar=100, en=100)
    student = estimate_space(passages(ar=100, en=100), asked, shrinkage=8, is_student=True)
    assert student.sentence is student.query
    model = estimate_space(passages(ar=100, en=100), asked, shrinkage=8)
    assert (model.keep_short_queries, model.sentence) == (False, None)


def test_three_languages_stand_apart_raw_and_together_in_the_neutral_space() -> None:
    corpus = passages(en=300, ar=300, fr=300)
    space = estimate_space(corpus, queries({}, en=300, ar=300, fr=300), shrinkage=8)
    neutral = space.passages(corpus.vectors, corpus.languages.tolist())

    def mean_cosine(vectors: FloatArray, one: str, other: str) -> float:
        return float((vectors[corpus.languages == one] @ vectors[corpus.languages == other].T).mean())

    assert mean_cosine(corpus.vectors, "en", "en") > mean_cosine(corpus.vectors, "en", "fr") + 0.5
    assert mean_cosine(neutral, "en", "en") == pytest.approx(mean_cosine(neutral, "en", "fr"), abs=0.02)


def test_few_paragraphs_of_a_language_are_drawn_to_the_default() -> None:
    corpus = passages(ar=3, en=10_000)
    space = estimate_space(corpus, queries({}, ar=3, en=400), shrinkage=8)
    own = corpus.vectors[:3].mean(axis=0)
    distance = np.linalg.norm(space.passage.of("ar") - own) / np.linalg.norm(space.passage.default - own)
    assert distance == pytest.approx(8 / 11, abs=1e-3)


def test_calibration_leaves_out_a_headlines_own_article() -> None:
    corpus = passages(en=120)
    # Each headline is its article's own vector: such pairs score 1, unrelated ones scatter around 0.
    asked = QuerySample([Headline("en", "x", row) for row in range(120)], corpus.vectors, {})
    space = estimate_space(corpus, asked, shrinkage=0)
    neutral = space.passages(corpus.vectors, corpus.languages.tolist())
    background = calibrate(space, neutral, corpus, asked).by_pair["en>en"]
    scores = neutral @ neutral.T
    unrelated = scores[~np.eye(120, dtype=bool)]
    assert background.mean == pytest.approx(float(unrelated.mean()), abs=1e-5)
    assert background.mean < 0 < float(scores.mean())


def test_short_queries_of_a_student_are_calibrated_apart() -> None:
    corpus = passages(en=200, ar=200)
    asked = queries({}, en=100, ar=100)
    rng = np.random.default_rng(3)
    short = {language: unit(rng.normal(size=(60, DIM))) for language in ("en", "ar")}
    space = estimate_space(corpus, asked, shrinkage=8, is_student=True)
    neutral = space.passages(corpus.vectors, corpus.languages.tolist())
    longer = calibrate(space, neutral, corpus, asked)
    both = calibrate(space, neutral, corpus, replace(asked, short_bank=short))
    assert longer.short is None
    assert longer.of(QueryLength.SHORT) is longer
    assert both.short is not None
    assert (both.by_pair, both.default) == (longer.by_pair, longer.default)
    assert set(both.short.by_pair) == {"en>en", "en>ar", "ar>en", "ar>ar"}
    cosines = short["ar"] @ neutral[corpus.languages == "en"].T
    assert both.short.by_pair["ar>en"].mean == pytest.approx(float(cosines.mean()), abs=1e-6)
    assert both.of(QueryLength.SHORT) is both.short
    assert both.of(QueryLength.SENTENCE) is both.of(QueryLength.MEDIUM) is both
    few = calibrate(space, neutral[:10], passages(en=10), replace(asked, short_bank=short))
    assert few.short is not None
    assert few.short.default == DEFAULT_SHORT


def test_every_pair_of_languages_is_calibrated() -> None:
    corpus, asked = passages(en=100, ar=100), queries({"en": around(20, 120, 20), "ar": around(21, 120, 21)}, en=100)
    space = estimate_space(corpus, asked, shrinkage=8)
    calibration = calibrate(space, space.passages(corpus.vectors, corpus.languages.tolist()), corpus, asked)
    assert set(calibration.by_pair) == {"en>en", "en>ar", "ar>en", "ar>ar"}
    assert neutral_queries(space, asked).shape == (100 + 240, DIM)
