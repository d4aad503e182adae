"""Opening a published version: resolve CURRENT once, check everything, hand out a Snapshot."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexer.snapshot.corpus import Corpus
from indexer.snapshot.encoder import EncoderSpec, QueryEncoder
from indexer.snapshot.errors import EncoderMismatch, ModelError, SnapshotDamaged, StoreNotFound
from indexer.snapshot.filters import FilterMasks
from indexer.snapshot.layout import EncoderLayout, StoreLayout
from indexer.snapshot.manifest import (
    EncoderManifest,
    Manifest,
    check_files,
    read_encoder_manifest,
    read_manifest,
)
from indexer.snapshot.neutral import NeutralSpace
from indexer.snapshot.neutral_index import NeutralIndex
from indexer.snapshot.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.vector_index import VectorIndex

OpenWholeModel = Callable[[Path, EncoderSpec], QueryEncoder]
"""Opens a model that could not be exported, from its sentence-transformers folder."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version, open for reading; everything in it belongs together and never changes.

    `encoder_edition` names exactly the encoder that is served: equal names, equal vectors.
    """

    manifest: Manifest
    encoder_manifest: EncoderManifest
    corpus: Corpus
    index: NeutralIndex
    neutral: NeutralSpace
    encoder: QueryEncoder
    filters: FilterMasks
    encoder_edition: str

    def close(self) -> None:
        """Close the files that are open."""
        self.corpus.close()


def current_version(store: StoreLayout) -> str:
    """Return the name of the published version.

    Raises:
        StoreNotFound: there is no store, or nothing is published in it.
    """
    try:
        name = store.current.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise StoreNotFound(
            f"no published index in {store.root}: build one with `khabar index build SOURCE --store {store.root}`"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(f"{store.current} cannot be read: {error}") from error
    if not name or "/" in name:
        raise SnapshotDamaged(f"{store.current} names no version; rebuild with `khabar index build`")
    return name


def check_version(store: StoreLayout, version: str) -> tuple[Manifest, EncoderManifest]:
    """Check format, encoder and every checksum of a version, and return its manifests.

    Raises:
        StoreNotFound: there is no such version.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: it cannot be trusted; the message says why.
    """
    layout = store.version(version)
    if not layout.root.is_dir():
        raise StoreNotFound(f"no version {version} in {store.root}; `khabar index status` lists what is there")
    manifest = read_manifest(layout.manifest)
    if manifest.version != version:
        raise SnapshotDamaged(f"{layout.manifest} describes version {manifest.version}, not {version}")
    encoder_layout = store.encoder(manifest.encoder.fingerprint)
    encoder_manifest = read_encoder_manifest(encoder_layout.manifest)
    if encoder_manifest.spec != manifest.encoder:
        raise EncoderMismatch(
            f"version {version} was built with encoder {manifest.encoder.name} ({manifest.encoder.fingerprint}), "
            f"but {encoder_layout.root} holds {encoder_manifest.spec.name} ({encoder_manifest.spec.fingerprint}); "
            "rebuild with `khabar index build`"
        )
    check_files(layout.root, manifest.files)
    check_files(encoder_layout.root, encoder_manifest.files)
    return manifest, encoder_manifest


def open_snapshot(
    root: Path, *, version: str | None = None, open_whole_model: OpenWholeModel | None = None
) -> Snapshot:
    """Check and open a version of the store at `root`, by default the published one.

    Raises:
        StoreNotFound: there is no store, nothing is published, or the version does not exist.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: the version cannot be trusted.
        ModelError: its encoder needs sentence-transformers and `open_whole_model` is missing.
    """
    store = StoreLayout(root)
    version = version or current_version(store)
    manifest, encoder_manifest = check_version(store, version)
    layout = store.version(version)
    indexes = {name: VectorIndex.open(layout.index(name), record) for name, record in manifest.index.items()}
    neutral = NeutralSpace.open(layout.neutral)
    encoder = open_query_encoder(store.encoder(manifest.encoder.fingerprint), encoder_manifest, open_whole_model)
    corpus = Corpus(layout.corpus)
    try:
        index = NeutralIndex(indexes, corpus.paragraph_languages())
    except ValueError as error:
        corpus.close()
        raise SnapshotDamaged(f"version {version} is inconsistent: {error}; rebuild it") from error
    if index.dims != {manifest.encoder.dim}:
        corpus.close()
        raise EncoderMismatch(f"version {version} has {index.dims} dimensions, its encoder {manifest.encoder.dim}")
    return Snapshot(
        manifest=manifest,
        encoder_manifest=encoder_manifest,
        corpus=corpus,
        index=index,
        neutral=neutral,
        encoder=encoder,
        filters=FilterMasks(corpus.columns, index.rows),
        encoder_edition=f"{manifest.encoder.fingerprint}-{encoder_manifest.edition}",
    )


def open_query_encoder(
    layout: EncoderLayout, manifest: EncoderManifest, open_whole_model: OpenWholeModel | None = None
) -> QueryEncoder:
    """Open a store's query encoder; raises as `open_snapshot` does."""
    if manifest.backend == "onnx-int8":
        return OnnxQueryEncoder(layout, manifest.spec)
    if open_whole_model is None:
        raise ModelError(
            f"{manifest.spec.name} could not be exported and needs sentence-transformers to serve: "
            "pip install 'khabar[index]'"
        )
    return open_whole_model(layout.sentence_transformers, manifest.spec)
