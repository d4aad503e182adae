"""From a training that has ended to a folder that builds can use: export, figures, card."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from sentence_transformers import SentenceTransformer

from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.embedding.sampling import evenly_spaced
from indexer.encoders.export import ExportFailed, check_agreement, int8_graph
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.encoders.student.batches import shares
from indexer.encoders.student.card import model_card
from indexer.encoders.student.embedding_table import find_table
from indexer.encoders.student.examples import Example
from indexer.encoders.student.network import build_student, load_weights, trained_parameters
from indexer.encoders.student.student_folder import (
    STUDENT_FORMAT,
    SourceRecord,
    StudentFolder,
    StudentManifest,
    student_fingerprint,
)
from indexer.encoders.student.train import TrainedStudent
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.snapshot.errors import ModelError
from indexer.snapshot.format.manifest import StudentRecord
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.scores.neutral_space import Centres, NeutralSpace
from indexer.snapshot.text.language import detect_language
from indexer.vectors.recall import recall_of_rows

MIN_RECALL = 0.25
"""Least recall of the passage model's first ten passages: below it, a student has learned next to nothing."""

_RECALL_PASSAGES = 2_000
_RECALL_QUERIES = 500
_PASSAGE_WORDS = 8


def write_student(trained: TrainedStudent, folder: StudentFolder, name: str, licences: str) -> StudentManifest:
    """Export a student, measure it, and write its manifest and card; `licences` is Markdown about its data.

    Raises:
        ModelError: it cannot be exported, the export does not agree with it, or it has learned too little.
    """
    training, teacher = trained.training, trained.teacher
    student = _in_full_precision(trained)
    with tempfile.TemporaryDirectory(dir=folder.root) as scratch:
        layout = EncoderLayout(Path(scratch))
        try:
            graph = int8_graph(student.model, teacher, layout.root, layout.onnx_tensors)
            table = find_table(graph, teacher.folder, layout.onnx_tensors)
            onnx.save(graph, layout.onnx)
            layout.tokenizer.write_text(teacher.model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
            bank = [text for language in BANK_LANGUAGES for text in query_bank(language)]
            agreement = check_agreement(layout, student, bank)
        except ExportFailed as error:
            raise ModelError(f"the student of {teacher.spec.name} cannot be exported: {error}") from error
        record = _measure_recall(trained, OnnxQueryEncoder(layout, student.spec))
    if record.recall < MIN_RECALL:
        raise ModelError(
            f"the student finds {record.recall:.0%} of what {teacher.spec.name} finds first, "
            f"less than {MIN_RECALL:.0%}: train it for longer, in another folder"
        )
    onnx.save(graph, folder.onnx)
    for added in (folder.phrases, folder.static):
        added.unlink(missing_ok=True)  # of an encoder that was finished here before
    folder.write_centres(training.targets.centres)
    losses = training.held_back_losses()
    sizes = {source.name: len(source.examples) for source in trained.sources}
    source_shares = dict(zip(sizes, shares([source.examples for source in trained.sources]), strict=True))
    manifest = StudentManifest(
        format_version=STUDENT_FORMAT,
        spec=replace(teacher.spec, name=name, fingerprint=student_fingerprint(folder, teacher.spec.fingerprint)),
        passage_model=teacher.spec.name,
        student=record,
        agreement=agreement,
        embeddings=table,
        steps=training.plan.steps,
        seed=training.plan.seed,
        threads=training.plan.threads,
        sources={name: SourceRecord(n, round(source_shares[name], 4), losses.get(name)) for name, n in sizes.items()},
        licences=licences.strip(),
        files=folder.checksums(),
    )
    folder.card.write_text(model_card(manifest), encoding="utf-8")
    folder.write_manifest(manifest)
    return manifest


def _in_full_precision(trained: TrainedStudent) -> SentenceTransformersEncoder:
    """Return the student in float32 on the CPU."""
    training, teacher = trained.training, trained.teacher
    model: SentenceTransformer = build_student(teacher.folder, training.plan.layers, teacher.spec.dim, "cpu")
    load_weights(model, {name: weight.detach() for name, weight in trained_parameters(training.model).items()})
    return SentenceTransformersEncoder(model, teacher.spec, teacher.folder, "fp32")


def _measure_recall(trained: TrainedStudent, student: QueryEncoder) -> StudentRecord:
    """Compare the first ten passages that student and passage model find for held-back texts.

    The passages are paragraphs of the corpus, or the longer texts where there is none. Short queries are left out:
    with these the student is meant to find other passages than its teacher.
    """
    training, teacher = trained.training, trained.teacher
    held_back = [example for some in training.batches.held_back.values() for example in some]
    queries = evenly_spaced([example for example in held_back if not example.text.is_short], _RECALL_QUERIES)
    texts = trained.corpus_texts or _longer_texts(trained)
    passages = evenly_spaced(texts, _RECALL_PASSAGES)
    passage_languages = [detect_language(text) for text in passages]
    raw_passages = teacher.encode_passages(passages)
    dim = teacher.spec.dim
    by_language = {name: [raw_passages[np.array(passage_languages) == name]] for name in sorted(set(passage_languages))}
    space = NeutralSpace(Centres({}, np.zeros(dim, dtype=np.float32)), Centres.estimate(by_language, dim))
    neutral = space.passages(raw_passages, passage_languages)
    wanted = _neutral_queries(queries, teacher) @ neutral.T
    found = _neutral_queries(queries, student) @ neutral.T
    recalls = [
        recall_of_rows(np.argsort(-row, kind="stable"), scores) for row, scores in zip(found, wanted, strict=True)
    ]
    recall = round(float(np.mean(recalls)), 4) if recalls else 0.0
    return StudentRecord(teacher.spec.fingerprint, training.plan.layers, recall, len(queries))


def _neutral_queries(queries: Sequence[Example], encoder: QueryEncoder) -> FloatArray:
    raw = encoder.encode_queries([example.text.text for example in queries])
    languages = np.array([example.text.language for example in queries])
    centres = Centres.estimate(
        {name: [raw[languages == name]] for name in sorted(set(languages.tolist()))}, raw.shape[1]
    )
    return NeutralSpace(centres, centres).passages(raw, languages.tolist())


def _longer_texts(trained: TrainedStudent) -> list[str]:
    texts = (example.text.text for source in trained.sources for example in source.examples)
    return list(dict.fromkeys(text for text in texts if len(text.split()) >= _PASSAGE_WORDS))
