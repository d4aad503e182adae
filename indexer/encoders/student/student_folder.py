"""The folder of a trained query encoder: its layers as an int8 ONNX graph, its manifest, and a card for people.

It lacks the table of word embeddings, which is the passage model's own and most of its size: `install.py` adds it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from indexer.encoders.model_card import MODEL_CARD
from indexer.encoders.models import ModelSource
from indexer.encoders.student.query_encoder_choice import BUNDLED_STUDENT
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.errors import ModelError, SnapshotDamaged
from indexer.snapshot.files.durable_files import write_atomically
from indexer.snapshot.format.checksums import check_files, checksums, sha256_file
from indexer.snapshot.format.manifest import Agreement, StudentRecord

STUDENT_FORMAT = 1
"""Raised whenever a file of the folder changes its meaning."""

SERVING_REVISION = "2"
"""Changed whenever equal files give other vectors: by what is done with phrases, or when a student is installed."""

_FINGERPRINT_HEX = 16

BUNDLED = Path(__file__).parent / "bundled"
"""The student of the default model, part of the package."""


@dataclass(frozen=True, slots=True)
class EmbeddingTable:
    """Where the table of word embeddings is in the passage model, and what it becomes in 8 bits.

    `file` and `tensor` name it in the model's folder. A weight w becomes round(w / scale) + zero_point, 0 to 255;
    `sha256` is that of the result, in hexadecimal.
    """

    file: str
    tensor: str
    scale: float
    zero_point: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source of training texts: its number of examples, its share of what was read, and the loss at the end.

    `held_back_loss` is the mean of 1 - cosine to the targets, over examples that were not trained; None without any.
    """

    examples: int
    share: float
    held_back_loss: float | None


@dataclass(frozen=True, slots=True)
class StudentManifest:
    """The description of a trained query encoder.

    `spec` is its identity. `passage_model` is the name of the model that it was trained for, `student` how both relate.
    `agreement` compares the int8 graph with the student in full precision. `steps`, `seed` and `threads` are those of
    the training. `files` maps file names to their sha256.

    `phrases` is the number of phrases in its table, 0 without one, and `phrase_sources` that of each file they came
    from. `static_texts` is the number of texts that its static encoder has learned, 0 without one. `licences` is
    Markdown about the data.
    """

    format_version: int
    spec: EncoderSpec
    passage_model: str
    student: StudentRecord
    agreement: Agreement
    embeddings: EmbeddingTable
    steps: int
    seed: int
    threads: int
    sources: dict[str, SourceRecord]
    files: dict[str, str]
    phrases: int = 0
    phrase_sources: dict[str, int] = field(default_factory=dict)
    static_texts: int = 0
    licences: str = ""

    def summary(self) -> str:
        """Return what it is, on one line."""
        phrases = f", knows {self.phrases:,} phrases" if self.phrases else ""
        return (
            f"{self.spec.name}: {len(self.student.layers)} layers, {self.steps:,} steps, "
            f"finds {self.student.recall:.1%} of what {self.passage_model} finds first{phrases}"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the manifest as plain data, with the keys of its file."""
        content: dict[str, Any] = TypeAdapter(StudentManifest).dump_python(self, mode="json")
        return content


@dataclass(frozen=True, slots=True)
class StudentFolder:
    """Names of the files of a trained query encoder."""

    root: Path

    @property
    def manifest(self) -> Path:
        """The `StudentManifest`, JSON."""
        return self.root / "student.json"

    @property
    def onnx(self) -> Path:
        """The graph without its table of word embeddings."""
        return self.root / "layers.int8.onnx"

    @property
    def phrases(self) -> Path:
        """A `PhraseTable`; missing if it has none."""
        return self.root / "phrases.npy"

    @property
    def static(self) -> Path:
        """`StaticWeights`, NumPy archive; missing if it has no static encoder."""
        return self.root / "static.npz"

    @property
    def centres(self) -> Path:
        """Centres of its targets by group of texts, NumPy archive; missing in folders of early versions."""
        return self.root / "centres.npz"

    @property
    def card(self) -> Path:
        """What it is, what it was trained with, and the licences of that, for people."""
        return self.root / MODEL_CARD

    @property
    def _files(self) -> tuple[Path, ...]:
        return self.onnx, self.phrases, self.static, self.centres

    def copy_files(self, copy: "StudentFolder") -> None:
        """Give another folder the files that the encoder consists of, and no others of these; it gets no manifest."""
        for path in self._files:
            if path.exists():
                shutil.copyfile(path, copy.root / path.name)
            else:
                (copy.root / path.name).unlink(missing_ok=True)

    def checksums(self) -> dict[str, str]:
        """Return the sha256 of the files that the encoder consists of, by name."""
        return checksums([path for path in self._files if path.exists()], self.root)

    def write_centres(self, centres: Mapping[str, FloatArray]) -> None:
        """Write the centres of the targets, each of shape (dim,), float32."""
        with self.centres.open("wb") as stream:
            np.savez(stream, **dict(sorted(centres.items())))  # type: ignore[arg-type]  # keywords are arrays too

    def read_centres(self) -> dict[str, FloatArray]:
        """Read the centres of the targets; none in folders of early versions."""
        if not self.centres.exists():
            return {}
        with np.load(self.centres, allow_pickle=False) as archive:
            return dict(archive)

    def write_manifest(self, manifest: StudentManifest) -> None:
        """Write the manifest, after all other files."""
        content = TypeAdapter(StudentManifest).dump_json(manifest, indent=2)
        write_atomically(self.manifest, content.decode() + "\n")

    def read_manifest(self) -> StudentManifest:
        """Read the manifest and check the files. The fingerprint is that of this khabar (`SERVING_REVISION`).

        Raises:
            ModelError: it is no such folder, has another format, or a file is damaged.
        """
        try:
            manifest = TypeAdapter(StudentManifest).validate_json(self.manifest.read_bytes())
            check_files(self.root, manifest.files)
            fingerprint = student_fingerprint(self, manifest.student.passage_fingerprint)
        except OSError as error:
            raise ModelError(
                f"{self.root} holds no query encoder that `khabar encoder train` has finished: {error.strerror}"
            ) from error
        except (ValidationError, SnapshotDamaged) as error:
            raise ModelError(
                f"the query encoder in {self.root} is damaged: train it again, or copy it again"
            ) from error
        if manifest.format_version != STUDENT_FORMAT:
            raise ModelError(
                f"{self.manifest} has format {manifest.format_version}, this khabar reads {STUDENT_FORMAT}; "
                "train it again"
            )
        return replace(manifest, spec=replace(manifest.spec, fingerprint=fingerprint))

    def check_fits(self, model: ModelSource) -> None:
        """Raise ModelError if the student was trained for another passage model, or with other prompts."""
        manifest = self.read_manifest()
        trained_for = manifest.student.passage_fingerprint
        if trained_for != model.fingerprint:
            raise ModelError(
                f"the query encoder in {self.root} was trained for {manifest.passage_model} ({trained_for}), "
                f"not for {model.name} ({model.fingerprint}): train one for it, or give --query-encoder none"
            )


def student_fingerprint(folder: StudentFolder, passage_fingerprint: str) -> str:
    """Return the digest of what decides what a student serves: its files, its passage model, how it is served."""
    parts = [sha256_file(path) for path in (folder.onnx, folder.phrases, folder.static) if path.exists()]
    return sha256(" ".join([*parts, passage_fingerprint, SERVING_REVISION]).encode()).hexdigest()[:_FINGERPRINT_HEX]


def student_path(name: Path) -> Path:
    """Return the folder of a student that a user names: a folder, or "bundled" for the one of the default model."""
    return BUNDLED if name == Path(BUNDLED_STUDENT) else name.expanduser()
