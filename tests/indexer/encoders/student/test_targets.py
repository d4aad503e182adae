"""Targets on hand-made vectors."""

import numpy as np

from indexer.encoders.student.examples import Example, ExampleSource, TrainingText
from indexer.encoders.student.targets import IN_TABLE, TRAINED, Targets, texts_of
from indexer.snapshot.encoder.query_encoder import unit

OIL, GOLD = TrainingText("Oil", "en"), TrainingText("Gold", "en")
NAFT, DHAHAB = TrainingText("النفط", "ar"), TrainingText("الذهب", "ar")
LONG = TrainingText("Why does the price of oil rise?", "en")
ROWS = {OIL: 0, GOLD: 1, NAFT: 2, DHAHAB: 3, LONG: 4}
VECTORS = unit(np.array([[9, 1, 0, 0], [9, -1, 0, 0], [0, 0, 9, 1], [0, 0, 9, -1], [0, 5, 0, 5]], dtype=np.float32))


def test_what_texts_of_one_language_share_is_gone_and_translations_meet() -> None:
    targets = Targets(ROWS, VECTORS)
    alone = targets.of([Example(OIL), Example(GOLD), Example(NAFT)])
    np.testing.assert_allclose(alone, [[0, 1, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]], atol=1e-6)
    pivot, other = targets.of([Example(OIL, NAFT), Example(NAFT, OIL, is_pivot=False)])
    np.testing.assert_allclose(pivot, unit(np.array([0, 1, 0, TRAINED.in_pivot])), atol=1e-6)
    np.testing.assert_allclose(other, unit(np.array([0, TRAINED.in_other, 0, 1])), atol=1e-6)
    (closer,) = targets.of([Example(OIL, NAFT)], IN_TABLE)
    np.testing.assert_allclose(closer, unit(np.array([0, 1, 0, IN_TABLE.in_pivot])), atol=1e-6)


def test_short_and_longer_texts_have_centres_of_their_own() -> None:
    # The only longer text is its own centre: nothing is left of it.
    np.testing.assert_array_equal(Targets(ROWS, VECTORS).of([Example(LONG)]), [[0, 0, 0, 0]])


def test_every_text_has_one_row() -> None:
    sources = [ExampleSource("a", [Example(OIL, NAFT), Example(NAFT, OIL)]), ExampleSource("b", [Example(OIL)])]
    assert texts_of(sources) == {OIL: 0, NAFT: 1}


def test_known_centres_are_used_and_those_of_other_groups_are_kept() -> None:
    known = {"en short": VECTORS[0] - np.array([0, 1, 0, 0], dtype=np.float32), "fr short": VECTORS[4]}
    targets = Targets(ROWS, VECTORS, known)
    np.testing.assert_allclose(targets.of([Example(OIL)]), [[0, 1, 0, 0]], atol=1e-6)
    assert targets.centres == known
    assert targets.dim == 4


def test_the_mean_of_many_texts_is_kept_as_a_centre_for_others() -> None:
    rows = {TrainingText(f"name {number}", "en"): number for number in range(1_000)} | {NAFT: 1_000}
    vectors = unit(np.random.default_rng(0).normal(size=(1_001, 4)))
    centres = Targets(rows, vectors).centres
    assert list(centres) == ["en short"]
    np.testing.assert_allclose(centres["en short"], vectors[:1_000].mean(axis=0), atol=1e-6)
