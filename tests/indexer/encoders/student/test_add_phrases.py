"""Phrases for a trained encoder, from files of pairs to what a store serves."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from indexer.encoders.models import find_model
from indexer.encoders.student.add_phrases import PhrasesRequest, add_phrases
from indexer.encoders.student.install import write_student_encoder
from indexer.encoders.student.student_folder import StudentFolder, StudentManifest
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.open import open_query_encoder
from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.encoder.query_encoder import QueryEncoder
from indexer.snapshot.errors import UsageError
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.text.phrase_key import folded_phrase, phrase_key

NAMES = "Aleppo\tحلب\nMosul\tالموصل\nBasra\tالبصرة\n"
Adder = Callable[..., StudentManifest]


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.tsv"
    path.write_text(NAMES, encoding="utf-8")
    return path


@pytest.fixture
def add(tiny_model: Path, student: Path, pairs_file: Path) -> Adder:
    """Return a function that writes a copy of the tiny student, with phrases, into a folder."""

    def run(
        folder: Path, pairs: list[Path], terms: list[Path] | None = None, *, start: Path = student, most: int = 100
    ) -> StudentManifest:
        request = PhrasesRequest(start, str(tiny_model), pairs, terms or [], most)
        return add_phrases(request, StudentFolder(folder), "Our own.", Reporter(Console(file=io.StringIO())))

    return run


def installed(folder: Path, tiny_model: Path, layout: EncoderLayout) -> QueryEncoder:
    layout.root.mkdir()
    manifest = write_student_encoder(StudentFolder(folder), find_model(str(tiny_model)), layout)
    return open_query_encoder(layout, manifest.spec, manifest.backend)


def test_translations_meet_and_other_texts_are_encoded_as_before(
    add: Adder, names: Path, student: Path, tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "with-names"
    manifest = add(folder, [names])
    assert manifest.phrases == 6
    before = installed(student, tiny_model, EncoderLayout(tmp_path / "before"))
    after = installed(folder, tiny_model, EncoderLayout(tmp_path / "after"))
    texts = ["aleppo", "حلب", "basra", "البصره", "storm"]
    old, new = before.encode_queries(texts), after.encode_queries(texts)
    assert new[0] @ new[1] > 0.9 > 0.5 > new[0] @ new[2]
    assert new[2] @ new[3] > 0.9 > 0.5 > old[0] @ new[0]
    np.testing.assert_array_equal(new[4], old[4])
    assert after.spec.fingerprint != before.spec.fingerprint


def test_nothing_but_the_phrases_changes_and_equal_files_give_equal_encoders(
    add: Adder, names: Path, student: Path, tmp_path: Path
) -> None:
    before = StudentFolder(student).read_manifest()
    one, other = (add(tmp_path / run / "newsroom", [names]) for run in ("one", "other"))
    assert one == other
    assert one.files["layers.int8.onnx"] == before.files["layers.int8.onnx"]
    assert (one.student, one.sources, one.agreement) == (before.student, before.sources, before.agreement)


def test_phrases_that_the_encoder_had_are_kept(add: Adder, names: Path, pairs_file: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    add(first, [names])
    manifest = add(second, [pairs_file], start=first)
    assert manifest.phrases == 6 + 16
    assert manifest.phrase_sources == {"names.tsv": 6, "pairs.tsv": 16}
    tables = [PhraseTable.open(StudentFolder(folder).phrases, 32) for folder in (first, second)]
    rows = [table.rows_of(["mosul", folded_phrase("البصرة")]) for table in tables]
    kept = [
        table.vectors_at([row for row in found if row is not None]) for table, found in zip(tables, rows, strict=True)
    ]
    assert kept[0].shape == (2, 32)
    np.testing.assert_array_equal(kept[0], kept[1])
    assert np.all(np.diff(tables[1].keys.astype(object)) > 0)
    card = StudentFolder(second).card.read_text(encoding="utf-8")
    assert "the vectors of 22 names, places and terms" in card
    assert "| names.tsv | 6 |" in card
    assert "All pairs are our own.\n\nOur own.\n\nOur own." in card


def test_the_last_files_are_thinned_out(add: Adder, names: Path, pairs_file: Path, tmp_path: Path) -> None:
    manifest = add(tmp_path / "few", [pairs_file], [names], most=18)
    assert manifest.phrases == 18
    assert manifest.phrase_sources == {"pairs.tsv": 16, "names.tsv": 2}
    table = PhraseTable.open(StudentFolder(tmp_path / "few").phrases, 32)
    assert table.rows_of(["harbour"]) != [None]
    assert {phrase_key("Aleppo")} < set(map(int, table.keys))


def test_what_cannot_be_used_is_named(add: Adder, names: Path, student: Path, tmp_path: Path) -> None:
    sentences = tmp_path / "sentences.tsv"
    sentences.write_text("The harbour was closed on Sunday.\tأغلق الميناء يوم الأحد الماضي.\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no pair of names, places or terms"):
        add(tmp_path / "none", [sentences])
    with pytest.raises(UsageError, match="name another folder"):
        add(student, [names])
    sentences.write_text("harbour", encoding="utf-8")
    with pytest.raises(UsageError, match="no tab between"):
        add(tmp_path / "none", [sentences])
