"""What a version and a query encoder say about themselves: format, identity, counts, checksums."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.errors import FormatMismatch, SnapshotDamaged
from indexer.snapshot.scores.calibration import Calibration

FORMAT_VERSION = 3
"""Raised whenever a file of a version changes its meaning; other formats are refused."""

_SEAL = "sha256"

DIGEST_NAME_CHARS = 12
"""How many hexadecimal characters of a digest stand in a version's name."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a version; `paragraphs_by_language` has one entry for each language present."""

    articles: int
    paragraphs: int
    rejected: int
    paragraphs_by_language: dict[str, int]


@dataclass(frozen=True, slots=True)
class Measured:
    """How one kind of index did at one effort (efSearch of a graph, lists probed of inverted lists).

    `recall_at_10` is the mean share of the true ten nearest paragraphs that were found,
    `ms_per_query` the median on one thread of the machine that built it, `bytes_per_vector` what
    has to stay in memory.
    """

    kind: str
    effort: int
    recall_at_10: float
    ms_per_query: float
    bytes_per_vector: float


@dataclass(frozen=True, slots=True)
class FilteredEffort:
    """The effort that searches need whose filters keep `share` of the paragraphs or more, 0 to 1."""

    share: float
    effort: int


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """How vectors are searched, and how well.

    Of `candidates` found at `effort`, the best come back. `filtered` says what filtered searches
    take, by falling share; where a filter keeps `exact_up_to` paragraphs or fewer, they are
    scanned. `recall_at_10` is measured on `recall_queries` held-out queries that took no part in
    choosing anything. `curve` holds all that was measured for the choice.
    """

    kind: Literal["exact", "hnsw-sq8", "ivf-sq8", "ivf-pq4"]
    candidates: int
    effort: int
    filtered: tuple[FilteredEffort, ...]
    exact_up_to: int
    recall_at_10: float
    recall_queries: int
    curve: tuple[Measured, ...]

    @classmethod
    def exact(cls, curve: tuple[Measured, ...] = ()) -> "IndexRecord":
        """Return the record of an index that compares a query with every vector."""
        return cls("exact", 0, 0, (), 0, 1.0, 0, curve)

    def effort_for(self, share: float) -> int:
        """Return the effort of a search whose filter keeps `share` of the paragraphs, 0 to 1."""
        if share >= 1 or not self.filtered:
            return self.effort
        return next((entry.effort for entry in self.filtered if share >= entry.share), self.filtered[-1].effort)


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """How the vectors were made: khabar's version, device and precision of the encoder.

    `context` says what was read before each paragraph ("title+section", "title" or "none").
    `added_to` is the version that the sources were put on top of; None where they were the whole corpus.
    """

    khabar: str
    device: str
    precision: str
    context: str
    added_to: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of one version; `files` maps file names to their sha256 in hexadecimal.

    `index` has one record for each language. `created_at` is in UTC, ISO 8601. `version` is that
    time and a digest over `files`, so that two builds of the same content can be told to be equal
    by name.
    """

    format_version: int
    version: str
    created_at: str
    encoder: EncoderSpec
    counts: Counts
    index: dict[str, IndexRecord]
    calibration: Calibration
    build: BuildRecord
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosine between the served query encoder and the reference encoder, over `n_texts` texts."""

    min: float
    mean: float
    n_texts: int


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """The description of one query encoder in a store.

    `backend` is "onnx-int8", or "sentence-transformers" where the model could not be exported;
    `fallback_reason` then says why.
    """

    format_version: int
    spec: EncoderSpec
    backend: Literal["onnx-int8", "sentence-transformers"]
    agreement: Agreement | None
    fallback_reason: str | None
    files: dict[str, str]

    @property
    def edition(self) -> str:
        """Name for vectors of exactly these files: another export of the same model gives others."""
        return f"{self.backend}-{content_digest(self.files)[:DIGEST_NAME_CHARS]}"


def age_s(manifest: Manifest) -> float:
    """Return how many seconds ago a version was built."""
    return (datetime.now(UTC) - datetime.fromisoformat(manifest.created_at)).total_seconds()


_Described = TypeVar("_Described", Manifest, EncoderManifest)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a version.

    Raises:
        SnapshotDamaged: the file is missing or is not a manifest.
        FormatMismatch: it was written in another format.
    """
    return _read(path, Manifest)


def read_encoder_manifest(path: Path) -> EncoderManifest:
    """Read the manifest of a query encoder; raises as `read_manifest` does."""
    return _read(path, EncoderManifest)


def _read(path: Path, kind: type[_Described]) -> _Described:
    try:
        content = json.loads(path.read_bytes())
        found = content["format_version"]
    except OSError as error:
        raise SnapshotDamaged(f"{path} cannot be read: {error.strerror}; rebuild with `khabar index build`") from error
    except (ValueError, TypeError, KeyError) as error:
        raise SnapshotDamaged(f"{path} is damaged; rebuild with `khabar index build`") from error
    if found != FORMAT_VERSION:
        raise FormatMismatch(
            f"{path} has format {found}, this khabar reads format {FORMAT_VERSION}; "
            "rebuild with `khabar index build`, or use the khabar that wrote it"
        )
    if content.pop(_SEAL, None) != _seal(content):
        raise SnapshotDamaged(f"{path} is damaged: its own sha256 is not the one in it")
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        raise SnapshotDamaged(f"{path} is damaged; rebuild with `khabar index build`") from error


def write_manifest(path: Path, manifest: Manifest | EncoderManifest) -> None:
    """Write a manifest as indented JSON, with a sha256 over its own content."""
    content = asdict(manifest)
    content[_SEAL] = _seal(content)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _seal(content: Mapping[str, Any]) -> str:
    """Return the sha256 over a manifest's content, whatever its order and white space."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def checksums(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Return the sha256 of every file, keyed by its path below `root`, sorted by that path."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in sorted(paths)}


def sha256_file(path: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_digest(files: Mapping[str, str]) -> str:
    """Return one sha256 over names and checksums, in hexadecimal: equal content, equal digest."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def check_files(root: Path, files: Mapping[str, str]) -> None:
    """Compare every file below `root` with its checksum.

    Raises:
        SnapshotDamaged: a file is missing or altered; the message names it.
    """
    for name, expected in sorted(files.items()):
        path = root / name
        try:
            found = sha256_file(path)
        except OSError as error:
            raise SnapshotDamaged(f"{path} cannot be read: {error.strerror}") from error
        if found != expected:
            raise SnapshotDamaged(f"{path} is damaged: its sha256 is not the one in the manifest")
