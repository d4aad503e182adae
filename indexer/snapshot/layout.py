"""Names of files and folders in a store."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = Path("khabar-store")
"""The default store, below the working directory."""


@dataclass(frozen=True, slots=True)
class VersionLayout:
    """Files of one version; immutable once published."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    @property
    def corpus(self) -> Path:
        """SQLite: articles and paragraphs."""
        return self.root / "corpus.sqlite"

    def index(self, language: str) -> "IndexLayout":
        return IndexLayout(self.root / "index" / language)

    @property
    def neutral(self) -> Path:
        """Language centres, NumPy archive."""
        return self.root / "neutral.npz"

    @property
    def rejects(self) -> Path:
        """Records that the build rejected, with reasons, JSON Lines."""
        return self.root / "rejects.jsonl"

    @property
    def report(self) -> Path:
        """The report of the build, JSON; for people, without a checksum."""
        return self.root / "report.json"

    @property
    def text_keys(self) -> Path:
        """Keys of all texts whose vectors the version uses: pruning keeps these in the cache."""
        return self.root / "text_keys.bin"


@dataclass(frozen=True, slots=True)
class IndexLayout:
    """Files of the index of one language."""

    root: Path

    @property
    def vectors(self) -> Path:
        """FAISS flat index: neutral vectors of the language's paragraphs in order of row."""
        return self.root / "vectors.faiss"

    @property
    def approximate(self) -> Path:
        """FAISS index that finds candidates among the vectors; missing where all vectors are scanned."""
        return self.root / "approximate.faiss"


@dataclass(frozen=True, slots=True)
class EncoderLayout:
    """Files of one query encoder, named by its fingerprint."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "encoder.json"

    @property
    def onnx(self) -> Path:
        return self.root / "model.int8.onnx"

    @property
    def onnx_tensors(self) -> Path:
        """Large tensors of the ONNX model, mapped into memory; missing where it has none."""
        return self.root / "model.int8.onnx.data"

    @property
    def tokenizer(self) -> Path:
        return self.root / "tokenizer.json"

    @property
    def sentence_transformers(self) -> Path:
        """The whole model, only where it could not be exported."""
        return self.root / "sentence-transformers"


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """Top level of a store."""

    root: Path

    @property
    def current(self) -> Path:
        """Name of the published version, one line."""
        return self.root / "CURRENT"

    @property
    def versions(self) -> Path:
        return self.root / "versions"

    @property
    def encoders(self) -> Path:
        return self.root / "encoders"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def takedowns(self) -> Path:
        return self.root / "takedowns.jsonl"

    @property
    def takedowns_lock(self) -> Path:
        """Lock for writing takedowns; apart from the lock of builds, which may be held for hours."""
        return self.root / "takedowns.lock"

    @property
    def canaries(self) -> Path:
        """Queries and the articles they must find, JSON Lines; optional."""
        return self.root / "canaries.jsonl"

    @property
    def saved_searches(self) -> Path:
        """Searches to run against new paragraphs, JSON Lines; optional."""
        return self.root / "saved_searches.jsonl"

    @property
    def rejected(self) -> Path:
        """The last version that the gate rejected, and the reasons."""
        return self.root / "rejected"

    @property
    def lock(self) -> Path:
        return self.root / "build.lock"

    def alerts(self, version: str) -> Path:
        """Alerts of a version, JSON Lines."""
        return self.root / "alerts" / f"{version}.jsonl"

    def alerts_feed(self, version: str) -> Path:
        """Alerts of a version, Atom."""
        return self.root / "alerts" / f"{version}.atom"

    def version(self, name: str) -> VersionLayout:
        return VersionLayout(self.versions / name)

    def encoder(self, fingerprint: str) -> EncoderLayout:
        return EncoderLayout(self.encoders / fingerprint)
