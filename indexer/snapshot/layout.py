"""Names of files and folders in a store."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from indexer.snapshot.errors import SnapshotDamaged

DEFAULT_STORE = Path("khabar-store")
"""The default store, below the working directory."""

DEFAULT_REPLICA = Path("khabar-replica")
"""The default copy of a store in another place, below the working directory."""

_MAX_NAME_BYTES = 255
"""Longest name of a folder on the file systems of Linux and macOS."""


_ADDRESS = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]+:/")


def is_folder_name(name: str) -> bool:
    """Return whether a folder, such as that of a version, can have this name; "../x" is a path, ".x" is hidden."""
    return 0 < len(os.fsencode(name)) <= _MAX_NAME_BYTES and name[0] != "." and not set("/\0") & set(name)


def is_address(folder: Path) -> bool:
    """Return whether what should be a folder is an address, such as s3://bucket/store, whose slashes are merged."""
    return _ADDRESS.match(str(folder)) is not None


class _Entry:
    """A file or folder of a layout: read as an attribute, it is the path of `name` below the layout's root."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, layout: "_Layout", _owner: type["_Layout"]) -> Path:
        return layout.root / self._name


@dataclass(frozen=True, slots=True)
class _Layout:
    root: Path


class IndexLayout(_Layout):
    """Files of the index of one language."""

    vectors = _Entry("vectors.faiss")
    """FAISS flat index: neutral vectors of the language's paragraphs in order of row."""

    approximate = _Entry("approximate.faiss")
    """FAISS index that finds candidates among the vectors; missing where all vectors are scanned."""


class LexicalLayout(_Layout):
    """Folder of a version's lexical index: one NumPy array a file, named after the fields of `LexicalArrays`."""


class ShardLayout(_Layout):
    """Files of one shard, or of a version that is not divided: the vectors and words of its paragraphs."""

    languages = _Entry("languages.npy")
    """The language of each paragraph of a shard, as its number among the shard's languages in order, NumPy array."""

    def index(self, language: str) -> IndexLayout:
        return IndexLayout(self.root / "index" / language)

    @property
    def lexical(self) -> LexicalLayout:
        return LexicalLayout(self.root / "lexical")


class VersionLayout(ShardLayout):
    """Files of one version; immutable once published."""

    manifest = _Entry("manifest.json")
    corpus = _Entry("corpus.sqlite")
    """SQLite: articles and paragraphs."""

    neutral = _Entry("neutral.npz")
    """Language centres, NumPy archive."""

    events = _Entry("events.npy")
    """The event of every article, NumPy array."""

    rejects = _Entry("rejects.jsonl")
    """Records that the build rejected, with reasons, JSON Lines."""

    report = _Entry("report.json")
    """The report of the build, JSON; for people, without a checksum."""

    text_keys = _Entry("text_keys.bin")
    """Keys of all texts whose vectors the version uses: pruning keeps these in the cache."""

    shard_numbers = _Entry("shards.npy")
    """The shard of every article, NumPy array; missing in a version that is not divided."""

    def shard(self, number: int) -> ShardLayout:
        return ShardLayout(self.root / "shards" / f"{number:04d}")


class EncoderLayout(_Layout):
    """Files of one query encoder, named by its fingerprint."""

    manifest = _Entry("encoder.json")
    onnx = _Entry("model.int8.onnx")
    onnx_tensors = _Entry("model.int8.onnx.data")
    """Large tensors of the ONNX model, mapped into memory; missing where it has none."""

    phrases = _Entry("phrases.npy")
    """A `PhraseTable`; missing where all queries are encoded."""

    token_vectors = _Entry("token_vectors.npy")
    """The vectors of a `StaticEncoder`, NumPy array; missing where it has none."""

    token_projection = _Entry("token_projection.npy")
    """Its projection, NumPy array; beside `token_vectors`."""

    tokenizer = _Entry("tokenizer.json")
    pieces = _Entry("pieces.spm")
    """The vocabulary for SentencePiece; missing where only `tokenizer` gives the right tokens."""

    pieces_record = _Entry("pieces.json")
    """A `PiecesRecord`, JSON; beside `pieces`."""

    sentence_transformers = _Entry("sentence-transformers")
    """The whole model, only where it could not be exported."""


class StoreLayout(_Layout):
    """Top level of a store."""

    current = _Entry("CURRENT")
    """Name of the published version, one line."""

    versions = _Entry("versions")
    encoders = _Entry("encoders")
    cache = _Entry("cache")
    takedowns = _Entry("takedowns.jsonl")
    takedowns_head = _Entry("takedowns.head.json")
    """What the log of takedowns must at least contain; missing before the first takedown."""

    takedowns_lock = _Entry("takedowns.lock")
    """Lock for writing takedowns; apart from the lock of builds, which may be held for hours."""

    takedowns_applied = _Entry("takedowns.applied")
    """An empty file; locks on it say which takedowns the processes that serve have applied."""

    keys = _Entry("keys.json")
    """Keys of the service, as digests; missing where the service has none."""

    keys_lock = _Entry("keys.lock")

    audit_log = _Entry("audit.jsonl")
    """Who took articles down, changed keys, rolled back or purged, JSON Lines."""

    canaries = _Entry("canaries.jsonl")
    """Queries and the articles they must find, JSON Lines; optional."""

    saved_searches = _Entry("saved_searches.jsonl")
    """Searches to run against new paragraphs, JSON Lines; optional."""

    saved_searches_lock = _Entry("saved_searches.lock")
    """Lock for changing saved searches by program; people who edit the file do not take it."""

    alert_ledger = _Entry("alerts.sqlite")
    """SQLite: what saved searches were offered and have found; missing before their first run."""

    deliveries_lock = _Entry("deliveries.lock")
    """Lock for sending alerts to webhooks, so that two processes send nothing twice."""

    alert_files = _Entry("alerts")
    """The alerts of each version, JSON Lines and Atom."""

    rejected = _Entry("rejected")
    """The last version that the gate rejected, and the reasons."""

    rejected_reasons = _Entry("rejected/reasons.txt")
    """Why the gate rejected it, one reason a line."""

    lock = _Entry("build.lock")

    replica = _Entry("replica.json")
    """Of which store this one is a replica, JSON; missing where it is none."""

    replica_lock = _Entry("replica.lock")
    """Held by the process that keeps a replica up to date."""

    export_lock = _Entry("export.lock")
    """Lock for sending the store to another place, so that no older state follows a later one."""

    def version(self, name: str) -> VersionLayout:
        return VersionLayout(self.versions / name)

    def encoder(self, fingerprint: str) -> EncoderLayout:
        if not is_folder_name(fingerprint):  # it may come from a manifest that somebody has sent
            raise SnapshotDamaged(f"{fingerprint!r} is no name of an encoder")
        return EncoderLayout(self.encoders / fingerprint)

    def alerts(self, version: str) -> Path:
        """Return the file of a version's alerts, JSON Lines."""
        return self.alert_files / f"{version}.jsonl"

    def alerts_feed(self, version: str) -> Path:
        """Return the file of a version's alerts, Atom."""
        return self.alert_files / f"{version}.atom"
