"""The story of a build, top to bottom: articles in, a published version out."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.embed import embed_missing, look_up
from indexer.embedding_cache import EmbeddingCache
from indexer.index_choice import build_index
from indexer.models import ModelSource, find_model
from indexer.passage import Context, passage_text
from indexer.progress import Reporter
from indexer.publish import build_lock, install_encoder, install_version, publish, staging_folder
from indexer.query_texts import BANK_LANGUAGES, headlines, query_bank, spread
from indexer.snapshot.corpus import Corpus, CorpusWriter, Passage
from indexer.snapshot.encoder import FloatArray, QueryEncoder
from indexer.snapshot.errors import BuildError, KhabarError, ModelError, SourceError, StoreError
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.manifest import (
    DIGEST_NAME_CHARS,
    FORMAT_VERSION,
    BuildRecord,
    Counts,
    EncoderManifest,
    Manifest,
    check_files,
    checksums,
    content_digest,
    read_encoder_manifest,
    write_manifest,
)
from indexer.snapshot.neutral import SHRINKAGE, uncentred
from indexer.snapshot.reader import check_version, current_version, open_query_encoder
from indexer.sources.reject import Reject
from indexer.sources.walk import read_sources
from indexer.space import Passages, Queries, calibrate, estimate_space, neutral_queries
from indexer.split import split_article
from indexer.spool import Spool
from indexer.stages import Stage, Stages

if TYPE_CHECKING:
    from indexer.st_encoder import SentenceTransformersEncoder

_AGREEMENT_PER_LANGUAGE = 32


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build has published, how many texts it had to embed for it, and how long its stages took."""

    manifest: Manifest
    encoder: EncoderManifest
    embedded: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to build; the defaults are what measurements say (docs/relevance.md).

    `model` is a name or folder, None the bundled model; prompts of None are as the model defines
    them. `context` says what is read before each paragraph. `centred=False` leaves vectors as the
    encoder gives them and scores bare cosines, to measure against. `shrinkage` is that of the
    language centres. `memory_budget_bytes` bounds what the index has to keep in memory.
    """

    model: str | None = None
    query_prompt: str | None = None
    passage_prompt: str | None = None
    context: Context = Context.TITLE_AND_SECTION
    centred: bool = True
    shrinkage: float = SHRINKAGE
    memory_budget_bytes: int | None = None


def build(
    sources: Sequence[Path], root: Path, reporter: Reporter, *, recipe: Recipe | None = None, strict: bool = False
) -> BuildResult:
    """Build a version from `sources` and publish it in the store at `root`.

    With `strict`, the first line that cannot be used is an error; otherwise it is reported.
    Whatever goes wrong, the version published before stands.

    Raises:
        StoreLocked: another build is at work.
        KhabarError: everything else that can be expected to go wrong, by kind.
    """
    store = StoreLayout(root)
    with build_lock(store):
        try:
            with staging_folder(store) as staging:
                return _build(sources, store, staging, reporter, recipe or Recipe(), strict=strict)
        except KeyboardInterrupt as error:
            raise BuildError(f"interrupted{_still_standing(store)}") from error
        except KhabarError as error:
            raise type(error)(f"{error}{_still_standing(store)}") from error
        except (OSError, sqlite3.OperationalError) as error:  # SQLite tells of a full disk in its own way
            raise BuildError(f"the build stopped: {error}{_still_standing(store)}") from error


def _build(
    sources: Sequence[Path], store: StoreLayout, staging: Path, reporter: Reporter, recipe: Recipe, *, strict: bool
) -> BuildResult:
    stages = Stages()
    source = find_model(recipe.model, query_prompt=recipe.query_prompt, passage_prompt=recipe.passage_prompt)
    layout = VersionLayout(staging / "version")
    layout.root.mkdir()
    with Spool(staging / "spool.sqlite") as spool:
        n_rejected = _read(sources, spool, layout, reporter, strict=strict)
        stages.ended("reading")
        reporter.say(f"{len(spool):,} articles read; loading {source.name}")
        encoder = _load_encoder(source)
        stages.ended("loading the model")
        reporter.say(f"embedding on {encoder.device} in {encoder.precision}")
        _write_corpus(spool, layout, encoder)
        stages.ended("splitting")
    corpus = Corpus(layout.corpus)
    try:
        vectors, n_embedded = _embed_passages(corpus, encoder, store, reporter, recipe.context)
        stages.ended("embedding")
        encoder_manifest, query_encoder = _query_encoder(corpus, encoder, store, staging, reporter)
        queries = embed_queries(corpus, query_encoder, store.cache, encoder_manifest.edition)
        stages.ended("query encoder")
        passages = _passages(corpus, vectors)
    finally:
        corpus.close()
    space = estimate_space(passages, queries, recipe.shrinkage) if recipe.centred else uncentred(encoder.spec.dim)
    placed = space.passages(vectors, passages.languages.tolist())
    calibration = calibrate(space, placed, passages, queries, equalised=recipe.centred)
    stages.ended("neutral space")
    reporter.say(f"indexing {len(placed):,} paragraphs")
    index = build_index(
        placed, passages.languages, neutral_queries(space, queries), budget_bytes=recipe.memory_budget_bytes
    )
    stages.ended("indexing")
    space.save(layout.neutral)
    files = checksums([*index.save(layout.index), layout.corpus, layout.neutral, layout.rejects], layout.root)
    created = datetime.now(UTC)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        version=_free_name(store, created, content_digest(files)),
        created_at=created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        encoder=encoder.spec,
        counts=_counts(corpus, passages, n_rejected),
        index=index.records,
        calibration=calibration,
        build=BuildRecord(installed_version("khabar"), encoder.device, encoder.precision, recipe.context),
        files=files,
    )
    write_manifest(layout.manifest, manifest)
    install_version(store, layout.root, manifest.version)
    check_version(store, manifest.version)
    publish(store, manifest.version)
    stages.ended("publishing")
    return BuildResult(manifest, encoder_manifest, n_embedded, stages.all())


def _read(sources: Sequence[Path], spool: Spool, layout: VersionLayout, reporter: Reporter, *, strict: bool) -> int:
    """Read all articles into the spool and write the reject report; return the number of rejects."""
    n_rejected = 0
    first: Reject | None = None
    with layout.rejects.open("w", encoding="utf-8") as report:
        for item in read_sources(sources):
            reject = item if isinstance(item, Reject) else spool.add(item)
            if reject is None:
                continue
            if strict:
                raise SourceError(f"{reject} (--strict)")
            first = first or reject
            n_rejected += 1
            report.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")
    if not len(spool):
        reason = f"all {n_rejected:,} were rejected, the first one at {first}" if first else "they are empty"
        raise SourceError(f"no article in {', '.join(map(str, sources))}: {reason}")
    if first:
        reporter.say(f"{n_rejected:,} rejected, the first one at {first}")
    return n_rejected


def _load_encoder(source: ModelSource) -> "SentenceTransformersEncoder":
    # Importing torch takes seconds: a wrong path or an empty corpus is told before.
    try:
        from indexer.st_encoder import SentenceTransformersEncoder
    except ModuleNotFoundError as error:
        raise ModelError(f"building needs {error.name}: pip install 'khabar[bundled]'") from error
    return SentenceTransformersEncoder.load(source)


def _write_corpus(spool: Spool, layout: VersionLayout, encoder: "SentenceTransformersEncoder") -> None:
    with CorpusWriter(layout.corpus) as corpus:
        for article in spool:
            paragraphs = split_article(
                article.id, article.blocks, count_tokens=encoder.count_tokens, max_tokens=encoder.room.text
            )
            corpus.add(article, paragraphs)


def _embed_passages(
    corpus: Corpus,
    encoder: "SentenceTransformersEncoder",
    store: StoreLayout,
    reporter: Reporter,
    context: Context,
) -> tuple[FloatArray, int]:
    """Return raw vectors of all paragraphs, by row, and how many texts were new."""

    def text_of(passage: Passage) -> str:
        return passage_text(passage, encoder.count_tokens, encoder.room, context)

    path = store.cache / f"{encoder.spec.fingerprint}-passage-{encoder.precision}.sqlite"
    with EmbeddingCache(path, encoder.spec.dim) as cache:
        looked = look_up(map(text_of, corpus.passages()), corpus.n_paragraphs, encoder.spec.dim, cache)
        n_new = len(looked.missing)
        reporter.say(f"{corpus.n_paragraphs:,} paragraphs, {n_new:,} to embed")
        if not n_new:
            return looked.vectors, 0
        with reporter.progress("embedding", n_new) as advance:
            vectors = embed_missing(
                looked, lambda row: text_of(corpus.passage(row)), encoder.encode_passages, cache, advance
            )
        return vectors, n_new


def _query_encoder(
    corpus: Corpus, encoder: "SentenceTransformersEncoder", store: StoreLayout, staging: Path, reporter: Reporter
) -> tuple[EncoderManifest, QueryEncoder]:
    """Return the store's query encoder for this model, exported now unless it is there already."""
    from indexer.export import write_query_encoder
    from indexer.st_encoder import open_saved_model

    layout = store.encoder(encoder.spec.fingerprint)
    try:
        manifest = read_encoder_manifest(layout.manifest)
        check_files(layout.root, manifest.files)
    except StoreError:  # missing, damaged or of another format: written anew
        reporter.say("exporting the query encoder")
        staged = staging / "encoder"
        staged.mkdir()
        texts = [headline.text for headline in headlines(corpus.openings(), _AGREEMENT_PER_LANGUAGE)]
        texts += [
            query for language in BANK_LANGUAGES for query in spread(query_bank(language), _AGREEMENT_PER_LANGUAGE)
        ]
        manifest = write_query_encoder(encoder, texts, staged)
        install_encoder(store, staged, encoder.spec.fingerprint)
    if manifest.fallback_reason is not None:
        reporter.say(f"{encoder.spec.name} is served through sentence-transformers: {manifest.fallback_reason}")
    return manifest, open_query_encoder(layout, manifest, open_saved_model)


def embed_queries(corpus: Corpus, encoder: QueryEncoder, cache_folder: Path, edition: str) -> Queries:
    """Return raw vectors of the corpus's headlines and of the query bank, from one encoder.

    `edition` tells apart encoders of one fingerprint that give other vectors, by precision for one.
    """
    spec = encoder.spec
    some = headlines(corpus.openings())
    with EmbeddingCache(cache_folder / f"{spec.fingerprint}-query-{edition}.sqlite", spec.dim) as cache:

        def embedded(texts: Sequence[str]) -> FloatArray:
            looked = look_up(texts, len(texts), spec.dim, cache)
            return embed_missing(looked, texts.__getitem__, encoder.encode_queries, cache, lambda _: None)

        return Queries(
            headlines=some,
            headline_vectors=embedded([headline.text for headline in some]),
            bank={language: embedded(query_bank(language)) for language in BANK_LANGUAGES},
        )


def _passages(corpus: Corpus, vectors: FloatArray) -> Passages:
    return Passages(vectors, corpus.paragraph_languages(), corpus.columns.article_of_paragraph)


def _counts(corpus: Corpus, passages: Passages, n_rejected: int) -> Counts:
    by_language = {language: int(np.sum(passages.languages == language)) for language in passages.present}
    return Counts(corpus.n_articles, corpus.n_paragraphs, n_rejected, by_language)


def _free_name(store: StoreLayout, created: datetime, digest: str) -> str:
    """Return a version name: time, then content; numbered where one second sees equal builds."""
    name = f"{created:%Y%m%dT%H%M%SZ}-{digest[:DIGEST_NAME_CHARS]}"
    taken = {path.name for path in store.versions.iterdir()}
    candidates = (name if n == 1 else f"{name}.{n}" for n in count(1))
    return next(candidate for candidate in candidates if candidate not in taken)


def _still_standing(store: StoreLayout) -> str:
    try:
        return f"; version {current_version(store)}, published before, still stands"
    except StoreError:
        return ""
