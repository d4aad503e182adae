"""A static encoder for a trained encoder, from texts to what a store serves."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from indexer.embedding.query_texts import query_bank
from indexer.encoders.models import find_model
from indexer.encoders.student.add_phrases import PhrasesRequest, add_phrases
from indexer.encoders.student.add_static import StaticRequest, add_static
from indexer.encoders.student.install import write_student_encoder
from indexer.encoders.student.static_weights import StaticWeights
from indexer.encoders.student.student_folder import StudentFolder, StudentManifest
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.open import ServingEncoders, open_encoders
from indexer.snapshot.encoder.query_encoder import unit
from indexer.snapshot.errors import ModelError, UsageError
from indexer.snapshot.layout import EncoderLayout

Adder = Callable[..., StudentManifest]
SILENT = Reporter(Console(file=io.StringIO()))


@pytest.fixture
def add(tiny_model: Path, student: Path) -> Adder:
    """Return a function that writes a copy of the tiny student, with a static encoder, into a folder."""

    def run(
        folder: Path, *, start: Path = student, queries: tuple[Path, ...] = (), epochs: int = 30
    ) -> StudentManifest:
        request = StaticRequest(start, str(tiny_model), queries, (), None, most=1_000, epochs=epochs, seed=0)
        return add_static(request, StudentFolder(folder), "Our own.", SILENT)

    return run


def served(folder: Path, tiny_model: Path, root: Path) -> ServingEncoders:
    layout = EncoderLayout(root)
    layout.root.mkdir()
    manifest = write_student_encoder(StudentFolder(folder), find_model(str(tiny_model)), layout)
    return open_encoders(layout, manifest.spec, manifest.backend)


@pytest.mark.slow
def test_a_text_is_nearest_to_its_own_query_vector(add: Adder, student: Path, tiny_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with-static"
    manifest = add(folder)
    before = served(student, tiny_model, tmp_path / "before")
    after = served(folder, tiny_model, tmp_path / "after")
    texts = query_bank("en")[:40]
    raw = after.queries.encode_queries(texts)
    np.testing.assert_array_equal(raw, before.queries.encode_queries(texts))
    assert before.sentences is None
    assert after.sentences is not None
    neutral = unit(raw - raw.mean(axis=0))
    nearest = [int(np.argmax(after.sentences.cosines(texts, query))) for query in neutral]
    assert np.mean(np.array(nearest) == np.arange(len(texts))) > 0.5  # by chance, 0.025
    assert manifest.static_texts > 100
    assert after.queries.spec.fingerprint != before.queries.spec.fingerprint


def test_equal_texts_give_equal_encoders_and_nothing_else_changes(
    add: Adder, student: Path, tiny_model: Path, tmp_path: Path
) -> None:
    one, other = (add(tmp_path / run / "newsroom", epochs=1) for run in ("one", "other"))
    assert one == other
    before = StudentFolder(student).read_manifest()
    assert one.files["layers.int8.onnx"] == before.files["layers.int8.onnx"]
    assert (one.student, one.sources, one.agreement) == (before.student, before.sources, before.agreement)
    assert "texts of the files above" in StudentFolder(tmp_path / "one" / "newsroom").card.read_text(encoding="utf-8")


def test_phrases_and_the_static_encoder_are_added_in_either_order(
    add: Adder, pairs_file: Path, tiny_model: Path, student: Path, tmp_path: Path
) -> None:
    def with_phrases(folder: Path, start: Path) -> None:
        request = PhrasesRequest(start, str(tiny_model), [pairs_file], [], 100)
        add_phrases(request, StudentFolder(folder), "", SILENT)

    phrases_first, static_first = tmp_path / "phrases", tmp_path / "static"
    with_phrases(phrases_first, student)
    add(tmp_path / "both", start=phrases_first, epochs=1)
    add(static_first, epochs=1)
    with_phrases(tmp_path / "both-too", static_first)
    for name in ("both", "both-too"):
        files = StudentFolder(tmp_path / name).read_manifest().files
        assert set(files) >= {"layers.int8.onnx", "phrases.npy", "static.npz"}
    # What the folder had before, of another encoder, does not stay.
    assert "phrases.npy" not in add(tmp_path / "both", epochs=1).files


def test_what_cannot_be_used_is_named(add: Adder, student: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name another folder"):
        add(student)
    with pytest.raises(UsageError, match="cannot be read as text"):
        add(tmp_path / "none", queries=(tmp_path / "absent.txt",))


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "static.npz"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="holds no weights of a static encoder"):
        StaticWeights.open(path)
