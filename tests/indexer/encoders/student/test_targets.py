"""Targets on hand-made vectors."""

import numpy as np

from indexer.encoders.student.examples import Example, ExampleSource, TrainingText
from indexer.encoders.student.targets import SHARE_IN_OTHER, SHARE_IN_PIVOT, Targets, texts_of
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
    np.testing.assert_allclose(pivot, unit(np.array([0, 1, 0, SHARE_IN_PIVOT])), atol=1e-6)
    np.testing.assert_allclose(other, unit(np.array([0, SHARE_IN_OTHER, 0, 1])), atol=1e-6)


def test_short_and_longer_texts_have_centres_of_their_own() -> None:
    # The only longer text is its own centre: nothing is left of it.
    np.testing.assert_array_equal(Targets(ROWS, VECTORS).of([Example(LONG)]), [[0, 0, 0, 0]])


def test_every_text_has_one_row() -> None:
    sources = [ExampleSource("a", [Example(OIL, NAFT), Example(NAFT, OIL)]), ExampleSource("b", [Example(OIL)])]
    assert texts_of(sources) == {OIL: 0, NAFT: 1}
