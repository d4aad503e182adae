"""A predictable encoder, and stores built with it through the real writing parts."""

import hashlib
import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.articles.duplicates import find_near_duplicates
from indexer.articles.split import ParagraphLimit, split_article, split_key
from indexer.embedding.cache import text_key, write_keys
from indexer.reporting.report import BuildReport, DuplicateCounts, EventCounts
from indexer.reporting.stages import Stage
from indexer.snapshot.content.article import Article
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.content.corpus_writer import CorpusWriter
from indexer.snapshot.content.events import save_events
from indexer.snapshot.encoder.open import WholeModelOpener
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder, unit
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.checksums import check_files, checksums
from indexer.snapshot.format.manifest import (
    FORMAT_VERSION,
    SHARDED_FORMAT_VERSION,
    BuildRecord,
    Counts,
    EncoderManifest,
    Manifest,
    read_encoder_manifest,
    write_manifest,
)
from indexer.snapshot.index.record import ApproximateKind
from indexer.snapshot.index.vector_index import VectorIndex
from indexer.snapshot.layout import EncoderLayout, StoreLayout, VersionLayout
from indexer.snapshot.scores.calibration import Background, Calibration
from indexer.snapshot.scores.neutral_space import Centres, NeutralSpace
from indexer.store.publish import install_encoder, install_version, publish
from indexer.store.staging import build_lock, staging_folder
from indexer.vectors.index_choice import build_indexes
from indexer.vectors.kinds import faiss_threads
from indexer.vectors.pieces import Pieces, write_vectors, write_words
from indexer.vectors.recall import RecallSample
from indexer.vectors.tuning import build_tuned, complete_record

DIM = 128
MAX_TOKENS = 40

# Arabic words and the English ones they share a component with.
GLOSSARY = {
    "معاهدة": "treaty",  # treaty
    "زلزال": "earthquake",  # earthquake
    "انتخابات": "election",  # election
    "قمر": "moon",  # moon
    "قناة": "canal",  # canal
    "روسيا": "russia",  # Russia
    "المغرب": "morocco",  # Morocco
}

SPEC = EncoderSpec(
    name="fake", fingerprint="fakefakefakefake", dim=DIM, max_tokens=MAX_TOKENS, query_prompt="", passage_prompt=""
)


@dataclass(frozen=True)
class FakeEncoder:
    """Counts words, each on a component of its own; translations share one.

    As a real multilingual encoder does, it adds a large part that only tells the script: without
    the neutral space, every text is nearest to texts in its own script.
    """

    spec: EncoderSpec = SPEC

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return unit(np.stack([self._vector(text) for text in texts]))

    encode_passages = encode_queries

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def _vector(self, text: str) -> FloatArray:
        vector = np.zeros(DIM, dtype=np.float32)
        for word in text.lower().split():
            bare = word.strip(".,؟?!،")
            vector[2 + zlib.crc32(GLOSSARY.get(bare, bare).encode()) % (DIM - 2)] += 1
        n_arabic = sum("\u0600" <= char <= "\u06ff" for char in text)
        vector[0 if n_arabic * 2 > len(text.replace(" ", "")) else 1] = 2 * np.linalg.norm(vector)
        return vector


@dataclass(frozen=True)
class FakeBackend:
    """An entry point that opens the fake encoder for stores made with it, and real models otherwise."""

    real: EntryPoint

    def load(self) -> WholeModelOpener:
        def open_model(folder: Path, spec: EncoderSpec) -> QueryEncoder:
            if spec == SPEC:
                return FakeEncoder(spec)
            opener: WholeModelOpener = self.real.load()
            return opener(folder, spec)

        return open_model


def publish_fake_store(
    root: Path,
    articles: Sequence[Article],
    *,
    version: str = "v1",
    kind: ApproximateKind | None = None,
    events: Sequence[Collection[str]] = (),
    n_shards: int | None = None,
) -> Manifest:
    """Publish `articles` with the fake encoder: every step but the model and the choice of events is the real one.

    `kind` is what candidates are found with; by default vectors are scanned, as for any small corpus. `events` are the
    ids of the articles of each event; by default, only near-duplicates have one event. With `n_shards`, vectors and
    words are divided.
    """
    store, encoder = StoreLayout(root), FakeEncoder()
    with build_lock(store), staging_folder(store) as staging:
        layout = VersionLayout(staging / "version")
        layout.root.mkdir()
        texts, languages = _write_corpus(layout, articles, encoder)
        vectors = encoder.encode_passages(texts)
        # Counted many times over, as a corpus of a usual size would weigh against the shrinkage.
        by_language = {
            name: [np.repeat(vectors[np.asarray(languages) == name], 100, axis=0)] for name in sorted(set(languages))
        }
        neutral = NeutralSpace(query=Centres.estimate(by_language, DIM), passage=Centres.estimate(by_language, DIM))
        placed = neutral.passages(vectors, languages)
        neutral.save(layout.neutral)
        _write_events(layout, events)
        with Corpus(layout.corpus) as corpus:
            pieces = Pieces.of(corpus, layout, n_shards)
            build = build_indexes if kind is None else partial(_indexes_of_kind, kind)
            written = write_vectors(pieces, placed, np.asarray(languages), placed[:50], build=build)
            written = write_words(written, corpus)
        layout.rejects.touch()
        write_keys(layout.text_keys, map(text_key, texts))
        manifest = Manifest(
            format_version=SHARDED_FORMAT_VERSION if n_shards else FORMAT_VERSION,
            version=version,
            created_at="2026-01-02T03:04:05Z",
            encoder=SPEC,
            counts=Counts(len(articles), len(texts), {name: languages.count(name) for name in by_language}, 0),
            index=written.index,
            shards=written.shards,
            calibration=Calibration({}, Background(mean=0.0, deviation=0.1, level=0.1)),
            build=BuildRecord(khabar="0", device="cpu", precision="fp32", context="none"),
            files=checksums(
                [*written.files, layout.corpus, layout.neutral, layout.events, layout.rejects, layout.text_keys],
                layout.root,
            ),
        )
        write_manifest(layout.manifest, manifest)
        _install_fake_encoder(store, staging / "encoder")
        install_version(store, layout.root, version)
        publish(store, version)
    return manifest


def write_fake_report(root: Path, version: str) -> None:
    """Write the report of a build that took 62 seconds and embedded seven paragraphs."""
    BuildReport(
        sources=["articles.jsonl"],
        added_to=None,
        accepted=5,
        rejected=0,
        reasons={},
        repeated=0,
        repeated_lines=[],
        undated={},
        unread={},
        repaired=0,
        dropped_lines=0,
        taken_down=1,
        expired=2,
        articles=5,
        without_date=1,
        paragraphs=7,
        embedded=7,
        languages={"en": 3, "ar": 2},
        paragraph_languages={"en": 5, "ar": 2},
        unknown_languages=None,
        duplicates=DuplicateCounts(0, 0, 0),
        events=EventCounts(0, 0, 0),
        stages=(Stage("reading", 0.5, 1_000), Stage("embedding", 61.5, 2_000)),
    ).write(StoreLayout(root).version(version).report)


def as_format(path: Path, number: int) -> None:
    """Rewrite a manifest as an earlier khabar wrote it: in format 3 without anything about students."""
    content = json.loads(path.read_bytes())
    assert "sha256" in content
    for key in ("sha256", *(("query_encoder", "student") if number < 4 else ())):
        content.pop(key, None)
    if number < 4:
        content.get("calibration", {}).pop("short", None)
    content["format_version"] = number
    content["sha256"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(content), encoding="utf-8")


def index_as(kind: ApproximateKind, vectors: FloatArray, queries: FloatArray) -> VectorIndex:
    """Index `vectors` as one kind, with search parameters for `queries`; both are scaled to unit norm."""
    vectors, queries = unit(vectors), unit(queries)
    with faiss_threads(1):
        exact = VectorIndex.exact(vectors)
        index, curve = build_tuned(kind, exact, RecallSample.of(exact, queries[::2]))
        return complete_record(index, exact, queries[::2], queries[1::2], tuple(curve))


def _other_files(layout: VersionLayout) -> list[Path]:
    return [layout.corpus, layout.neutral, layout.events, layout.rejects, layout.text_keys]


def _indexes_of_kind(
    kind: ApproximateKind, vectors: FloatArray, languages: npt.NDArray[np.str_], queries: FloatArray, **_options: object
) -> dict[str, VectorIndex]:
    return {name: index_as(kind, vectors[languages == name], queries) for name in np.unique(languages).tolist()}


def _write_corpus(
    layout: VersionLayout, articles: Sequence[Article], encoder: FakeEncoder
) -> tuple[list[str], list[str]]:
    texts, languages = [], []
    with CorpusWriter(layout.corpus) as corpus:
        for article in sorted(articles, key=lambda article: article.id):
            paragraphs = [
                replace(paragraph, language=article.language)  # tests name languages whatever the words
                for paragraph in split_article(article, ParagraphLimit(MAX_TOKENS, encoder.count_tokens))
            ]
            corpus.add(article, paragraphs, split_key(article.blocks, article.language, MAX_TOKENS))
            texts += [paragraph.text for paragraph in paragraphs]
            languages += [paragraph.language for paragraph in paragraphs]
        corpus.mark_near_duplicates(
            find_near_duplicates(corpus.texts(), layout.root.parent / "signatures.bin").originals
        )
    return texts, languages


def _write_events(layout: VersionLayout, events: Sequence[Collection[str]]) -> None:
    with Corpus(layout.corpus) as corpus:
        event = corpus.columns.event.copy()
        for ids in events:
            rows = np.isin(event, event[corpus.article_rows(ids)])  # with all near-duplicates of each
            event[rows] = np.flatnonzero(rows)[0]
    save_events(layout.events, event)


def _install_fake_encoder(store: StoreLayout, staged: Path) -> None:
    """Write the encoder where it is missing or damaged, as a build does."""
    installed = store.encoder(SPEC.fingerprint)
    with suppress(StoreError):
        check_files(installed.root, read_encoder_manifest(installed.manifest).files)
        return
    layout = EncoderLayout(staged)
    layout.sentence_transformers.mkdir(parents=True)
    weights = layout.sentence_transformers / "weights"
    weights.write_text("none", encoding="utf-8")
    files: Mapping[str, str] = checksums([weights], staged)
    manifest = EncoderManifest(FORMAT_VERSION, SPEC, "sentence-transformers", None, "it is a fake", dict(files))
    write_manifest(layout.manifest, manifest)
    install_encoder(store, staged, SPEC.fingerprint)
