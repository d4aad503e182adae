"""Opening a published version: resolve CURRENT once, check everything, return a Snapshot."""

import sqlite3
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Self

import numpy as np

from indexer.snapshot.content.article import PublicationTime, article_of_paragraph
from indexer.snapshot.content.columns import newest_timestamp
from indexer.snapshot.content.corpus import Corpus, StoredArticle
from indexer.snapshot.encoder.open import ServingEncoders, open_encoders
from indexer.snapshot.errors import ArticleNotFound, EncoderMismatch, KhabarError, SnapshotDamaged, StoreNotFound
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import EncoderManifest, Manifest, read_encoder_manifest, read_manifest
from indexer.snapshot.format.takedowns import TakedownHead, TakedownLog, read_log
from indexer.snapshot.format.version_lock import lock_for_reading
from indexer.snapshot.index.article_groups import ArticleGroups
from indexer.snapshot.index.facets import FacetCounts
from indexer.snapshot.index.filters import FilterMasks
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.multilingual_index import MultilingualIndex
from indexer.snapshot.index.vector_index import Mask, open_vectors
from indexer.snapshot.index.word_index import WordIndex
from indexer.snapshot.layout import StoreLayout, VersionLayout, is_folder_name
from indexer.snapshot.scores.neutral_space import NeutralSpace
from indexer.snapshot.shards.open import ConnectShards, open_local_shards, open_sharded_index
from indexer.snapshot.shards.requests import ShardGroup


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version, open for reading; everything in it belongs together and never changes.

    `encoder_id` identifies the query encoder and its export: equal ids, equal vectors. `hidden` are the
    ids of articles that were taken down: no search finds them and `article` does not return them. `lexical` is None in
    a version of a format before 5. `newest_timestamp`, Unix seconds, is that of the newest article that was not from
    the future when the version was built. `shards` are those of a version that is divided. A context manager that
    closes the files; `version_lock` keeps the version from being pruned until then.
    """

    manifest: Manifest
    encoder_manifest: EncoderManifest
    corpus: Corpus
    index: MultilingualIndex
    lexical: WordIndex[Any] | None
    neutral: NeutralSpace
    encoders: ServingEncoders
    filters: FilterMasks
    facets: FacetCounts
    stories: ArticleGroups
    events: ArticleGroups
    encoder_id: str
    hidden: frozenset[str]
    newest_timestamp: int
    version_lock: IO[bytes] | None
    shards: ShardGroup | None = None

    def article(self, article_id: str) -> StoredArticle | None:
        """Return an article with its paragraphs; None if the id is unknown or the article was taken down."""
        return None if article_id in self.hidden else self.corpus.article(article_id)

    def require_article(self, article_id: str) -> StoredArticle:
        """Return an article with its paragraphs.

        Raises:
            ArticleNotFound: the id is unknown, or the article was taken down; it says so if this is a paragraph's id.
        """
        stored = self.article(article_id)
        if stored is None:
            meant = article_of_paragraph(article_id)
            is_paragraph = meant is not None and self.article(meant) is not None
            hint = f"; this is the id of a paragraph, and its article is {meant!r}" if is_paragraph else ""
            raise ArticleNotFound(f"no article {article_id!r} in this index{hint}")
        return stored

    def without(self, article_ids: Collection[str]) -> "Snapshot":
        """Return the same version without some articles. Both share the open files, which are closed once."""
        columns, rows, hidden = self.corpus.columns, self.index.rows, _hidden(self.corpus, article_ids)
        return replace(
            self,
            filters=FilterMasks(columns, rows, hidden),
            facets=FacetCounts(columns, rows, hidden),
            hidden=frozenset(article_ids),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files that are open."""
        self.corpus.close()
        if self.shards is not None:
            self.shards.close()
        if self.version_lock is not None:
            self.version_lock.close()


def _open_index(
    layout: VersionLayout, manifest: Manifest, corpus: Corpus, shards: ShardGroup | None
) -> tuple[MultilingualIndex, WordIndex[Any] | None]:
    """Return the vectors and the words of a version; words are missing in a version of a format before 5."""
    if shards is not None:
        return open_sharded_index(layout, manifest.shards, corpus.columns, shards)
    indexes = open_vectors(layout, manifest.index, manifest.encoder.dim)
    vectors = MultilingualIndex(indexes, corpus.paragraph_languages())
    if not manifest.has_words_and_events:
        return vectors, None
    return vectors, LexicalIndex.open(layout.lexical, corpus.n_paragraphs)


def _hidden(corpus: Corpus, hidden_ids: Collection[str]) -> Mask | None:
    """Return which articles are hidden, shape (n_articles,), or None where none is."""
    hidden = np.zeros(corpus.n_articles, dtype=np.bool_)
    hidden[corpus.article_rows(hidden_ids)] = True
    return hidden if hidden.any() else None


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
    if not is_folder_name(name):
        raise SnapshotDamaged(f"{store.current} names no version; rebuild with `khabar index build`")
    return name


def current_manifest(store: StoreLayout) -> Manifest:
    """Return the manifest of the published version, without checking its files.

    Raises:
        StoreNotFound: there is no store, or nothing is published in it.
        SnapshotDamaged, FormatMismatch: the manifest cannot be read.
    """
    return read_manifest(store.version(current_version(store)).manifest)


def read_takedowns(store: StoreLayout) -> TakedownLog:
    """Read the log of takedowns, which must contain what the published version was built with.

    Raises:
        SnapshotDamaged: it cannot be read, or lines are missing or changed.
    """
    known = None
    with suppress(KhabarError):  # a damaged version must not keep an article from being taken down
        known = current_manifest(store).takedowns
    return read_log(store, known)


def check_version(store: StoreLayout, version: str) -> tuple[Manifest, EncoderManifest]:
    """Check format, encoder and every checksum of a version, and return its manifests.

    Raises:
        StoreNotFound: there is no such version.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: it cannot be trusted; the message says why.
    """
    layout = store.version(version)
    if not is_folder_name(version) or not layout.root.is_dir():
        raise StoreNotFound(f"no version {version} in {store.root}; `khabar index status` lists what is there")
    manifest, encoder_manifest = check_version_at(store, layout)
    if manifest.version != version:
        raise SnapshotDamaged(f"{layout.manifest} describes version {manifest.version}, not {version}")
    return manifest, encoder_manifest


def check_version_at(store: StoreLayout, layout: VersionLayout) -> tuple[Manifest, EncoderManifest]:
    """Check a version in any folder, for example before it is published; raises as `check_version` does."""
    manifest = read_manifest(layout.manifest)
    served = manifest.served_encoder
    encoder_layout = store.encoder(served.fingerprint)
    encoder_manifest = read_encoder_manifest(encoder_layout.manifest)
    if encoder_manifest.spec != served:
        raise EncoderMismatch(
            f"version {manifest.version} was built with query encoder {served.name} "
            f"({served.fingerprint}), but {encoder_layout.root} holds {encoder_manifest.spec.name} "
            f"({encoder_manifest.spec.fingerprint}); rebuild with `khabar index build`"
        )
    check_files(layout.root, manifest.files)
    check_files(encoder_layout.root, encoder_manifest.files)
    return manifest, encoder_manifest


def open_snapshot(
    root: Path,
    *,
    version: str | None = None,
    previous: Snapshot | None = None,
    known_takedowns: TakedownHead | None = None,
    connect: ConnectShards = open_local_shards,
) -> Snapshot:
    """Check and open a version of the store at `root`, by default the published one, without articles taken down.

    It shares the encoders of the `previous` snapshot if it has the same ones. The log of takedowns must contain
    `known_takedowns`, and what the version was built with. `connect` gives the shards of a version that is divided.

    Raises:
        StoreNotFound: there is no store, nothing is published, or the version does not exist.
        SnapshotDamaged, FormatMismatch, EncoderMismatch: the version cannot be trusted.
        ModelError: its encoder needs sentence-transformers, which is not installed.
    """
    store = StoreLayout(root)
    version = version or current_version(store)
    layout = store.version(version)
    version_lock = _lock_version(layout)
    try:
        manifest, encoder_manifest = check_version(store, version)
        if previous is not None and previous.encoder_id == encoder_manifest.encoder_id:
            encoders = previous.encoders
        else:
            spec = encoder_manifest.spec
            encoders = open_encoders(store.encoder(spec.fingerprint), spec, encoder_manifest.backend)
        return open_version_at(
            store,
            layout,
            manifest,
            encoder_manifest,
            encoders,
            version_lock=version_lock,
            known_takedowns=known_takedowns,
            connect=connect,
        )
    except BaseException:
        if version_lock is not None:
            version_lock.close()
        raise


def open_version_at(
    store: StoreLayout,
    layout: VersionLayout,
    manifest: Manifest,
    encoder_manifest: EncoderManifest,
    encoders: ServingEncoders,
    *,
    version_lock: IO[bytes] | None = None,
    known_takedowns: TakedownHead | None = None,
    connect: ConnectShards = open_local_shards,
) -> Snapshot:
    """Open a checked version in any folder with encoders that are open; raises as `open_snapshot` does."""
    hidden = read_log(store, manifest.takedowns, known_takedowns).in_force()
    neutral = NeutralSpace.open(layout.neutral)
    shards = connect(layout, manifest.shards, manifest.encoder.dim) if manifest.shards else None
    corpus = Corpus(layout.corpus, layout.events if manifest.has_words_and_events else None)
    try:
        index, words = _open_index(layout, manifest, corpus, shards)
        hidden_rows, built = _hidden(corpus, hidden), PublicationTime.parse(manifest.created_at).timestamp
        return Snapshot(
            manifest=manifest,
            encoder_manifest=encoder_manifest,
            corpus=corpus,
            index=index,
            lexical=words,
            neutral=neutral,
            encoders=encoders,
            filters=FilterMasks(corpus.columns, index.rows, hidden_rows),
            facets=FacetCounts(corpus.columns, index.rows, hidden_rows),
            stories=ArticleGroups(corpus.columns.story),
            events=ArticleGroups(corpus.columns.event),
            encoder_id=encoder_manifest.encoder_id,
            hidden=frozenset(hidden),
            newest_timestamp=newest_timestamp(corpus.columns, built),
            version_lock=version_lock,
            shards=shards,
        )
    except (ValueError, IndexError, sqlite3.Error) as error:
        corpus.close()
        raise SnapshotDamaged(f"version {manifest.version} is inconsistent: {error}; rebuild it") from error
    except BaseException:
        corpus.close()
        raise


def _lock_version(layout: VersionLayout) -> IO[bytes] | None:
    """Return the lock that marks a version as open; None if it cannot be locked."""
    try:
        return lock_for_reading(layout.manifest)
    except BlockingIOError as error:
        raise StoreNotFound(f"version {layout.root.name} is being removed") from error
    except (OSError, ValueError):  # no such version, which opening it reports, or a file system without locks
        return None
