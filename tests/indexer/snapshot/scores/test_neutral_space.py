"""The neutral space on hand-made vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.scores.neutral_space import SHRINKAGE, Centres, NeutralSpace
from indexer.snapshot.text.query_length import QueryLength


def vectors(*rows: Sequence[float]) -> FloatArray:
    return np.array(rows, dtype=np.float32)


def test_centre_is_drawn_to_the_default_by_shrinkage() -> None:
    n = int(SHRINKAGE)  # as many vectors as the default weighs: half-way
    centres = Centres.estimate(
        {"en": [vectors([1, 0]).repeat(n, axis=0)], "ar": [vectors([0, 1]).repeat(n, axis=0)]}, 2
    )
    assert centres.default.tolist() == [0.5, 0.5]
    assert centres.of("en").tolist() == [0.75, 0.25]
    assert centres.of("ar").tolist() == [0.25, 0.75]


def test_rare_language_hardly_bends_the_default() -> None:
    centres = Centres.estimate(
        {"en": [vectors([1, 0]).repeat(10_000, axis=0)], "ar": [vectors([0, 1])]}, 2, shrinkage=8
    )
    # weights are 10000 / 10008 and 1 / 9
    assert centres.default[1] == pytest.approx(0.100, abs=0.001)
    assert centres.of("ar")[1] == pytest.approx(1 / 9 + 8 / 9 * 0.100, abs=0.001)


def test_single_language_keeps_its_own_mean() -> None:
    centres = Centres.estimate({"en": [vectors([1, 0], [0, 1])]}, 2)
    assert centres.of("en").tolist() == centres.default.tolist() == [0.5, 0.5]


def test_language_without_vectors_gets_the_default() -> None:
    centres = Centres.estimate(
        {"en": [vectors([1, 0]).repeat(8, axis=0)], "ar": [vectors([0, 1]).repeat(8, axis=0)]}, 2
    )
    assert centres.of("fr").tolist() == [0.5, 0.5]


def test_query_of_unknown_language_gets_the_default_even_where_such_texts_have_a_centre() -> None:
    centres = Centres({"und": vectors([1, 0])[0]}, vectors([0, 1])[0])
    space = NeutralSpace(query=centres, passage=centres)
    assert space.queries(vectors([1, 1])[0], "und").tolist() == [1, 0]
    assert space.passages(vectors([1, 1]), ["und"]).tolist() == [[0, 1]]


def test_no_vectors_centre_nothing() -> None:
    centres = Centres.estimate({"en": [np.empty((0, 3), dtype=np.float32)]}, 3)
    assert centres.of("en").tolist() == [0, 0, 0]


def test_centring_removes_what_a_language_has_in_common() -> None:
    topic = {"war": [0, 0, 1, 0], "sport": [0, 0, 0, 1]}
    english = unit(vectors(*([3, 0, *row[2:]] for row in topic.values())))
    arabic = unit(vectors(*([0, 3, *row[2:]] for row in topic.values())))
    raw_pool = np.concatenate([english, arabic])
    centres = Centres.estimate({"en": [english.repeat(1000, axis=0)], "ar": [arabic.repeat(1000, axis=0)]}, 4)
    space = NeutralSpace(query=centres, passage=centres)
    pool = space.passages(raw_pool, ["en", "en", "ar", "ar"])
    query = space.queries(english[0], "en")
    # Raw, English sport is nearer to English war than Arabic war is; in the neutral space it is not.
    raw_scores, scores = raw_pool @ english[0], pool @ query
    assert raw_scores[1] > raw_scores[2]
    assert scores[2] == pytest.approx(1, abs=0.01)
    assert scores[1] == pytest.approx(-1, abs=0.01)
    assert np.linalg.norm(pool, axis=1) == pytest.approx(1, abs=1e-6)


def test_queries_and_passages_have_centres_of_their_own() -> None:
    space = NeutralSpace(
        query=Centres({"en": vectors([1, 0])[0]}, np.zeros(2, dtype=np.float32)),
        passage=Centres({"en": vectors([0, 1])[0]}, np.zeros(2, dtype=np.float32)),
    )
    assert space.queries(vectors([1, 1])[0], "en").tolist() == [0, 1]
    assert space.passages(vectors([1, 1]), ["en"]).tolist() == [[1, 0]]


def test_saved_space_comes_back(tmp_path: Path) -> None:
    centres = Centres.estimate({"en": [vectors([1, 0])], "ar": [vectors([0, 1])]}, 2)
    space = NeutralSpace(query=centres, passage=Centres.estimate({"zh": [vectors([0.5, 0.5])]}, 2))
    space.save(tmp_path / "neutral.npz")
    space.save(tmp_path / "again.npz")
    opened = NeutralSpace.open(tmp_path / "neutral.npz")
    assert opened.query.of("ar").tolist() == space.query.of("ar").tolist()
    assert opened.query.default.tolist() == space.query.default.tolist()
    assert set(opened.passage.by_language) == {"zh"}
    assert (tmp_path / "neutral.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_short_queries_of_a_student_have_no_centre(tmp_path: Path) -> None:
    centres = Centres({"en": vectors([1, 0])[0]}, np.zeros(2, dtype=np.float32))
    student = NeutralSpace(centres, centres, keep_short_queries=True)
    student.save(tmp_path / "neutral.npz")
    for space in (student, NeutralSpace.open(tmp_path / "neutral.npz")):
        assert space.queries(vectors([0.6, 0.8])[0], "en", QueryLength.SHORT) == pytest.approx([0.6, 0.8])
        assert space.queries(vectors([1, 1])[0], "en").tolist() == [0, 1]
    model = NeutralSpace(centres, centres)
    assert model.queries(vectors([1, 1])[0], "en", QueryLength.SHORT).tolist() == [0, 1]


def test_sentences_have_centres_of_their_own_where_there_are_any(tmp_path: Path) -> None:
    centres = Centres({"en": vectors([1, 0])[0]}, np.zeros(2, dtype=np.float32))
    sentence = Centres({"en": vectors([0, 1])[0]}, vectors([0, 2])[0])
    student = NeutralSpace(centres, centres, sentence=sentence)
    student.save(tmp_path / "neutral.npz")
    for space in (student, NeutralSpace.open(tmp_path / "neutral.npz")):
        assert space.queries(vectors([1, 1])[0], "en", QueryLength.SENTENCE).tolist() == [1, 0]
        assert space.queries(vectors([1, 1])[0], "en", QueryLength.MEDIUM).tolist() == [0, 1]
        assert space.queries(vectors([0, 1])[0], "und", QueryLength.SENTENCE).tolist() == [0, -1]
    model = NeutralSpace(centres, centres)
    assert model.queries(vectors([1, 1])[0], "en", QueryLength.SENTENCE).tolist() == [0, 1]


def test_other_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "neutral.npz"
    path.write_bytes(b"PK not really")
    with pytest.raises(SnapshotDamaged, match=r"neutral\.npz"):
        NeutralSpace.open(path)
