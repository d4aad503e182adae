"""Manifests of versions and of query encoders: format, identity, counts, checksums."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.errors import FormatMismatch, SnapshotDamaged, StoreNotFound
from indexer.snapshot.format.checksums import content_digest
from indexer.snapshot.format.sealed_json import check_seal, write_sealed
from indexer.snapshot.format.takedowns import TakedownHead
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import VersionLayout
from indexer.snapshot.scores.calibration import Calibration
from indexer.snapshot.shards.record import ShardRecord

FORMAT_VERSION = 5
"""The format that builds write; raised whenever a file of a version changes its meaning."""

SHARDED_FORMAT_VERSION = 6
"""The format of a version that is divided into shards: what reads only whole ones must not open it."""

FIRST_WITH_WORDS_AND_EVENTS = 5
"""The first format with a lexical index and with events."""

READABLE_FORMATS = frozenset({3, 4, 5, 6})
"""The formats that can be opened: an upgraded service still serves the store of the night before."""

DIGEST_NAME_CHARS = 12
"""How many hexadecimal characters of a digest are in a version's name."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a version; `paragraphs_by_language` has one entry for each language present."""

    articles: int
    paragraphs: int
    paragraphs_by_language: dict[str, int]
    rejected: int

    @classmethod
    def of(cls, corpus: Corpus, n_rejected: int) -> "Counts":
        """Count the rows of a corpus; `n_rejected` records were rejected when it was built."""
        languages, sizes = np.unique(corpus.paragraph_languages(), return_counts=True)
        by_language = dict(zip(languages.tolist(), sizes.tolist(), strict=True))
        return cls(corpus.n_articles, corpus.n_paragraphs, by_language, n_rejected)


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

    `encoder` is the passage model. `query_encoder` is the query encoder if that is another one, a student of the
    passage model. `takedowns` is what the log of takedowns must at least contain; None in manifests of khabar 0.1.
    `index` has one record for each language. `shards` are those that the version is divided into, by number; none if it
    is in one piece. `created_at` is in UTC, ISO 8601. `version` is that time and a digest over `files`: the names of
    two builds with equal content end alike.
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
    query_encoder: EncoderSpec | None = None
    takedowns: TakedownHead | None = None
    shards: tuple[ShardRecord, ...] = ()

    @property
    def has_words_and_events(self) -> bool:
        """Whether it has a lexical index and events."""
        return self.format_version >= FIRST_WITH_WORDS_AND_EVENTS

    @property
    def served_encoder(self) -> EncoderSpec:
        """The query encoder: a student of the passage model, or the passage model itself."""
        return self.query_encoder or self.encoder

    def files_of_shard(self, number: int) -> dict[str, str]:
        """Return the files of a shard and their sha256, as in `files`.

        Raises:
            StoreNotFound: the version has no such shard.
        """
        if number >= len(self.shards):
            raise StoreNotFound(f"version {self.version} has {len(self.shards)} shards, and no shard {number}")
        folder = VersionLayout(Path()).shard(number).root
        return {name: digest for name, digest in self.files.items() if folder in Path(name).parents}


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """A query encoder that was trained for a passage model.

    `layers` are the layers of the passage model that it has. `recall` is the mean share of the passage model's first
    ten passages that it finds too, over `n_queries` held-back texts of more than three words.
    """

    passage_fingerprint: str
    layers: tuple[int, ...]
    recall: float
    n_queries: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosine between the served query encoder and the reference encoder, over `n_texts` texts."""

    min: float
    mean: float
    n_texts: int


@dataclass(frozen=True, slots=True)
class EncoderManifest:
    """The description of one query encoder in a store.

    `backend` is "onnx-int8", or "sentence-transformers" where the model could not be exported for the
    reason in `fallback_reason`. `agreement` compares the export with the model that was exported: the passage model,
    or the `student` in full precision.
    """

    format_version: int
    spec: EncoderSpec
    backend: str
    agreement: Agreement | None
    fallback_reason: str | None
    files: dict[str, str]
    student: StudentRecord | None = None

    @property
    def export_id(self) -> str:
        """Identifies the vectors of exactly these files: another export of the same model gives other vectors."""
        return f"{self.backend}-{content_digest(self.files)[:DIGEST_NAME_CHARS]}"

    @property
    def encoder_id(self) -> str:
        """Identifies the encoder and its export: equal ids, equal vectors."""
        return f"{self.spec.fingerprint}-{self.export_id}"


def age_s(manifest: Manifest) -> float:
    """Return how many seconds ago a version was built."""
    return (datetime.now(UTC) - datetime.fromisoformat(manifest.created_at)).total_seconds()


def is_stale(manifest: Manifest, max_age_h: float | None) -> bool:
    """Return whether a version is older than allowed; None allows any age."""
    return max_age_h is not None and age_s(manifest) > 3600 * max_age_h


_AnyManifest = TypeVar("_AnyManifest", Manifest, EncoderManifest)

_VERSION = TypeAdapter(Manifest)
_ENCODER = TypeAdapter(EncoderManifest)


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a version.

    Raises:
        SnapshotDamaged: the file is missing or is not a manifest.
        FormatMismatch: it was written in another format.
    """
    return _read(path, _VERSION)


def read_encoder_manifest(path: Path) -> EncoderManifest:
    """Read the manifest of a query encoder; raises as `read_manifest` does."""
    return _read(path, _ENCODER)


def _read(path: Path, kind: TypeAdapter[_AnyManifest]) -> _AnyManifest:
    try:
        content = json.loads(path.read_bytes())
        format_version = content["format_version"]
    except OSError as error:
        raise SnapshotDamaged(f"{path} cannot be read: {error.strerror}; rebuild with `khabar index build`") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SnapshotDamaged(f"{path} is damaged; rebuild with `khabar index build`") from error
    if format_version not in list(READABLE_FORMATS):  # a damaged one may be anything, also what no set takes
        readable = ", ".join(map(str, sorted(READABLE_FORMATS)))
        raise FormatMismatch(
            f"{path} has format {format_version}, this khabar reads format {readable}; "
            "rebuild with `khabar index build`, or use the khabar that wrote it"
        )
    check_seal(path, content)
    try:
        return kind.validate_python(content)
    except ValidationError as error:
        raise SnapshotDamaged(f"{path} is damaged; rebuild with `khabar index build`") from error


def write_manifest(path: Path, manifest: Manifest | EncoderManifest) -> None:
    """Write a manifest as indented JSON, with a sha256 over its own content."""
    write_sealed(path, as_json(manifest))


def as_json(manifest: Manifest | EncoderManifest) -> dict[str, Any]:
    """Return a manifest as plain data, with the keys of its file."""
    if isinstance(manifest, EncoderManifest):
        return _plain(_ENCODER, manifest)
    return _plain(_VERSION, manifest)


def _plain(kind: TypeAdapter[_AnyManifest], manifest: _AnyManifest) -> dict[str, Any]:
    content: dict[str, Any] = kind.dump_python(manifest, mode="json", by_alias=True)
    return content
