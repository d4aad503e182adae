"""Names of files and folders in a store."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_STORE = Path("khabar-store")
"""Where a store is unless told otherwise, below the working directory."""


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
        """What the build did not take from its sources and why, JSON Lines."""
        return self.root / "rejects.jsonl"


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
        """FAISS index that finds candidates among them; missing where they are scanned."""
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
    def lock(self) -> Path:
        return self.root / "build.lock"

    def version(self, name: str) -> VersionLayout:
        return VersionLayout(self.versions / name)

    def encoder(self, fingerprint: str) -> EncoderLayout:
        return EncoderLayout(self.encoders / fingerprint)
