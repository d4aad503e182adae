"""`khabar encoder train`, from the files of examples to a folder with a query encoder."""

import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.encoders.student.batches import Batches
from indexer.encoders.student.examples import ExampleSource, corpus_sources, read_sources
from indexer.encoders.student.graph_weights import graph_weights
from indexer.encoders.student.network import (
    build_student,
    layer_stack,
    load_weights,
    outer_layers,
    trained_parameters,
)
from indexer.encoders.student.run_folder import RunFolder, RunRecord
from indexer.encoders.student.student_folder import StudentFolder
from indexer.encoders.student.targets import Targets
from indexer.encoders.student.teacher_vectors import teacher_vectors
from indexer.encoders.student.training import (
    CONTINUED_LEARNING_RATE,
    LEARNING_RATE,
    Plan,
    Training,
    TrainingTokenizer,
)
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import UsageError
from indexer.snapshot.format.checksums import sha256_file
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version

_TRIAL_STEPS = 16
_TRIAL_PLAN_STEPS = 10**9


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train: the passage model, the examples, and how long.

    `steps` or `minutes` says how long; by default there is a thread for each processor, and the GPU is used if there
    is one; `layers` are the numbers of layers to keep, or their count. `store` is a store whose published corpus gives
    headlines and pieces of paragraphs. The student begins with the weights of the one in the folder `start`, or with
    those of the passage model; by default the highest `learning_rate` is lower with `start`. Every `checkpoint_s`
    seconds the state is written down.
    """

    model: str | None
    queries: Sequence[Path]
    pairs: Sequence[Path]
    terms: Sequence[Path]
    store: Path | None
    layers: Sequence[int] | int
    minutes: float
    steps: int | None
    threads: int | None
    device: str | None
    seed: int
    start: Path | None = None
    learning_rate: float | None = None
    checkpoint_s: float = 60.0


@dataclass(frozen=True, slots=True)
class TrainedStudent:
    """A training that has ended, its teacher and its data; `corpus_texts` are the paragraphs of the store's corpus."""

    training: Training
    teacher: SentenceTransformersEncoder
    sources: Sequence[ExampleSource]
    corpus_texts: Sequence[str]


def train(request: TrainingRequest, student: Path, reporter: Reporter) -> TrainedStudent:
    """Train a query encoder in the folder `student`, or go on with the training that was interrupted there.

    Raises:
        UsageError: a file cannot be used, or the folder has a training with other data or options.
        ModelError: the passage model cannot be loaded.
    """
    threads = request.threads or len(os.sched_getaffinity(0))
    device = request.device or ("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(threads)
    torch.manual_seed(request.seed)
    folder = RunFolder(student)
    folder.root.mkdir(parents=True, exist_ok=True)
    source = find_model(request.model)
    sources = read_sources(request.queries, request.pairs, request.terms, request.seed)
    corpus_texts: list[str] = []
    if request.store is not None:
        with published_corpus(request.store) as corpus:
            sources += corpus_sources(corpus, request.seed)
            corpus_texts = [passage.text for passage in corpus.passages()]
    teacher = SentenceTransformersEncoder.load(source)
    targets = Targets(*teacher_vectors(sources, teacher, folder, reporter))
    batches = Batches(sources, request.seed)

    def training_for(plan: Plan) -> Training:
        model = build_student(source.folder, plan.layers, teacher.spec.dim, plan.device)
        if request.start is not None:
            load_weights(model, _start_weights(request.start, trained_parameters(model)))
        return Training(model, TrainingTokenizer(teacher), batches, targets, plan)

    layers = request.layers
    if isinstance(layers, int):
        layers = outer_layers(len(layer_stack(teacher.model)), layers)
    rate = request.learning_rate or (LEARNING_RATE if request.start is None else CONTINUED_LEARNING_RATE)
    plan = Plan(tuple(layers), request.steps or _TRIAL_PLAN_STEPS, request.seed, threads, device, rate)
    start = sha256_file(_start_file(request.start)) if request.start else None
    record = RunRecord(plan, source.fingerprint, _digest(sources), start)
    before = folder.record()
    if before is not None:
        if before != (record if request.steps else replace(record, plan=replace(plan, steps=before.plan.steps))):
            raise UsageError(
                f"{student} has a training with other data or options; "
                "repeat its options to go on, or name another folder"
            )
        record = before
    elif request.steps is None:
        record = replace(record, plan=replace(plan, steps=_steps_in(request.minutes, training_for(plan))))
    training = training_for(record.plan)
    folder.start(record)
    folder.load(training)
    _run(training, folder, request.checkpoint_s, reporter)
    return TrainedStudent(training, teacher, sources, corpus_texts)


def _start_file(student: Path) -> Path:
    """Return the file with the weights of another student: its checkpoint, or the graph if only that was kept.

    Raises:
        UsageError: there is neither.
    """
    files = RunFolder(student).checkpoint, StudentFolder(student).onnx
    for file in files:
        if file.exists():
            return file
    raise UsageError(f"--start: {student} has neither a training nor an encoder that one has made")


def _start_weights(student: Path, names: Collection[str]) -> Mapping[str, torch.Tensor]:
    file = _start_file(student)
    return graph_weights(file, names) if file == StudentFolder(student).onnx else RunFolder(student).weights()


def published_corpus(root: Path) -> Corpus:
    """Open the corpus of a store's published version."""
    store = StoreLayout(root)
    return Corpus(store.version(current_version(store)).corpus)


def _steps_in(minutes: float, trial: Training) -> int:
    """Return how many steps take so many minutes, from a trial; the same number of steps gives the same student."""
    list(trial.run(until=_TRIAL_STEPS // 2))
    started = time.monotonic()
    list(trial.run(until=_TRIAL_STEPS + _TRIAL_STEPS // 2))
    return max(1, round(60 * minutes * _TRIAL_STEPS / (time.monotonic() - started)))


def _run(training: Training, folder: RunFolder, checkpoint_s: float, reporter: Reporter) -> None:
    steps = training.plan.steps
    reporter.print_line(f"training from step {training.step:,} to {steps:,}")
    saved = time.monotonic()
    with reporter.progress("training", steps - training.step) as advance:
        for loss in training.run(until=steps):
            advance(1)
            if time.monotonic() - saved >= checkpoint_s:
                folder.save(training)
                held_back = training.held_back_losses()
                mean = sum(held_back.values()) / max(len(held_back), 1)
                reporter.print_line(f"step {training.step:,}: loss {loss:.4f}, on held-back examples {mean:.4f}")
                saved = time.monotonic()
    folder.save(training)


def _digest(sources: Sequence[ExampleSource]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for example in source.examples:
            digest.update(f"{source.name}\t{example.text.text}\t{example.translation}\n".encode())
    return digest.hexdigest()[:16]
