"""The story of a build, top to bottom: articles in, a published version out."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from indexer.articles.duplicates import NearDuplicates
from indexer.articles.gather import CorpusScope, GatherRequest, GatherResult, gather
from indexer.articles.spool import Spool
from indexer.articles.write_corpus import published_corpus, write_corpus
from indexer.assembly import assemble_manifest, assemble_report
from indexer.embedding.cache import write_keys
from indexer.embedding.passage import Context
from indexer.embedding.query_vectors import CachedQueryEncoder, QuerySample, embed_queries
from indexer.encoders.build_encoders import LazyPassageEncoder
from indexer.encoders.build_query_encoder import find_student, stored_query_encoder
from indexer.encoders.model_card import known_languages
from indexer.encoders.models import find_model
from indexer.encoders.passage_vectors import embed_passages, on_this_machine
from indexer.encoders.ray_engine import RayCluster, on_cluster
from indexer.encoders.student.query_encoder_choice import BUNDLED_STUDENT
from indexer.encoders.student.student_folder import StudentFolder
from indexer.gate import Limits, find_faults, read_canaries
from indexer.reporting.counted import counted
from indexer.reporting.progress import Reporter
from indexer.reporting.report import BuildReport
from indexer.reporting.stages import Stage, StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.content.events import ArticleEvents, save_events
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import BuildError, GateFailed, KhabarError, StoreError
from indexer.snapshot.format.manifest import Counts, EncoderManifest, Manifest, write_manifest
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.scores.calibration import Calibration
from indexer.snapshot.scores.neutral_space import SHRINKAGE, NeutralSpace, uncentred_space
from indexer.sources.formats.format import ReadOptions
from indexer.sources.isolation.budget import DEFAULT_BUDGET, FileBudget
from indexer.store.publish import install_version, publish, reject_version
from indexer.store.staging import build_lock, staging_folder
from indexer.vectors.events import find_events
from indexer.vectors.index_choice import EXACT_UP_TO
from indexer.vectors.left_out import ConfidenceSample, NeutralPassages, calibrate_confidence
from indexer.vectors.pieces import Pieces, WrittenPieces, open_words, write_vectors, write_words
from indexer.vectors.space import PassageVectors, calibrate, estimate_space, neutral_queries


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build has published, its report, and the times of its stages, publishing included."""

    manifest: Manifest
    encoder: EncoderManifest
    report: BuildReport
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to build; the defaults follow the measurements in docs/relevance.md.

    `model` is a name or folder, None the bundled model; a prompt of None is the one that the model
    defines. `context` is what the encoder reads before each paragraph. `centred=False` leaves vectors as
    the encoder returns them and scores bare cosines, for comparison. `shrinkage` is that of the
    language centres. `memory_budget_bytes` is the most memory that the index may need. `query_encoder` is the
    folder of a trained query encoder, "none" for the model itself, or "bundled": the trained one of the bundled
    model, and the model itself with any other model. `cluster` is where paragraphs are embedded; None is here.
    `n_shards` is into how many shards vectors and words are divided; None leaves them in one piece. With `exact`, no
    index is approximate, whatever its size: for comparison.
    """

    model: str | None = None
    query_prompt: str | None = None
    passage_prompt: str | None = None
    context: Context = Context.TITLE_AND_SECTION
    centred: bool = True
    shrinkage: float = SHRINKAGE
    memory_budget_bytes: int | None = None
    query_encoder: str = BUNDLED_STUDENT
    cluster: RayCluster | None = None
    n_shards: int | None = None
    exact: bool = False


def build(
    sources: Sequence[Path],
    root: Path,
    reporter: Reporter,
    *,
    recipe: Recipe | None = None,
    scope: CorpusScope | None = None,
    limits: Limits | None = None,
    reading: ReadOptions | None = None,
    strict: bool = False,
    file_budget: FileBudget = DEFAULT_BUDGET,
) -> BuildResult:
    """Build a version from `sources` and publish it in the store at `root`, if it passes the gate.

    With `strict`, the first record that cannot be used is an error; otherwise it is reported. A source file whose
    reader exceeds `file_budget` is reported like such a record.
    Whatever goes wrong, the version published before is still published.

    Raises:
        StoreLocked: another build is running.
        GateFailed: the gate rejected the new version, which is kept for inspection.
        KhabarError: every other expected failure, by kind.
    """
    store = StoreLayout(root)
    request = GatherRequest(sources, reading or ReadOptions(), scope or CorpusScope(), strict, file_budget)
    with build_lock(store):
        try:
            read_canaries(store)  # a mistake in them is found now and not after an hour of embedding
            with staging_folder(store) as staging:
                return _build(request, _Job(store, staging, reporter, recipe or Recipe(), limits or Limits()))
        except KeyboardInterrupt as error:
            raise BuildError(f"interrupted{_still_published(store)}") from error
        except KhabarError as error:
            raise type(error)(f"{error}{_still_published(store)}") from error
        except (OSError, sqlite3.OperationalError) as error:  # SQLite reports a full disk as an error of its own
            raise BuildError(f"the build stopped: {error}{_still_published(store)}") from error


@dataclass(frozen=True, slots=True)
class _Job:
    """Where a build works, its instructions, and its clock."""

    store: StoreLayout
    staging: Path
    reporter: Reporter
    recipe: Recipe
    limits: Limits
    timer: StageTimer = field(default_factory=StageTimer)

    @property
    def layout(self) -> VersionLayout:
        """The files of the version until it is installed."""
        return VersionLayout(self.staging / "version")


@dataclass(frozen=True, slots=True)
class _Vectors:
    """Raw vectors of paragraphs and of texts like queries, and the query encoder of the latter."""

    passages: PassageVectors
    passage_keys: Sequence[bytes]
    queries: QuerySample
    n_embedded: int
    encoder_manifest: EncoderManifest
    query_encoder: CachedQueryEncoder


@dataclass(frozen=True, slots=True)
class _Index:
    """What is computed from the vectors and words of a corpus, and neutral queries to test its index."""

    space: NeutralSpace
    calibration: Calibration
    event: ArticleEvents
    written: WrittenPieces
    test_queries: FloatArray


def _build(request: GatherRequest, job: _Job) -> BuildResult:
    recipe = job.recipe
    model = find_model(recipe.model, query_prompt=recipe.query_prompt, passage_prompt=recipe.passage_prompt)
    student = find_student(recipe.query_encoder, model)
    if student is None and recipe.query_encoder == BUNDLED_STUDENT and recipe.model is None:
        job.reporter.print_line(
            "queries are encoded by the model: the bundled query encoder has other prompts or weights"
        )
    encoder = LazyPassageEncoder(job.store, model, job.reporter)
    job.layout.root.mkdir()
    gathered, duplicates = _write_corpus(request, job, encoder, model.fingerprint)
    with Corpus(job.layout.corpus) as corpus:
        vectors = _embed(job, corpus, encoder, student)
        indexed = _index(job, corpus, vectors)
        manifest = _write_version(job, corpus, vectors, indexed, encoder, gathered)
        _pass_gate(job, manifest, vectors.query_encoder, indexed.test_queries, gathered.expired_before)
        languages, stages = known_languages(model.folder), job.timer.ended_stages()
        report = assemble_report(
            request, gathered, corpus, duplicates, indexed.event, languages, vectors.n_embedded, stages
        )
    report.write(job.layout.report)
    install_version(job.store, job.layout.root, manifest.version)
    publish(job.store, manifest.version)
    job.timer.end_stage("publishing")
    return BuildResult(manifest, vectors.encoder_manifest, report, job.timer.ended_stages())


def _write_corpus(
    request: GatherRequest, job: _Job, encoder: LazyPassageEncoder, fingerprint: str
) -> tuple[GatherResult, NearDuplicates]:
    """Gather all articles, split them, find near-duplicates, and write the corpus."""
    layout, timer = job.layout, job.timer
    with Spool(job.staging / "spool.sqlite") as spool:
        gathered = gather(request, job.store, fingerprint, spool, layout.rejects, job.reporter)
        timer.end_stage("reading")
        job.reporter.print_line(counted(len(spool), "article"))
        limit = encoder.description.paragraph_limit
        timer.end_stage("loading the model")
        with published_corpus(job.store, fingerprint) as published:
            return gathered, write_corpus(spool, layout, limit, published, job.staging, timer)


def _embed(job: _Job, corpus: Corpus, encoder: LazyPassageEncoder, student: StudentFolder | None) -> _Vectors:
    """Embed what is new; write the query encoder if the store does not have it."""
    store, reporter = job.store, job.reporter
    cluster = job.recipe.cluster
    engine = on_this_machine if cluster is None else partial(on_cluster, cluster, job.recipe.model, reporter)
    lookup, n_embedded = embed_passages(corpus, encoder, store.cache, job.recipe.context, reporter, engine)
    job.timer.end_stage("embedding")
    encoder_manifest, query_encoder = stored_query_encoder(corpus, encoder, student, store, job.staging, reporter)
    queries = embed_queries(corpus, query_encoder, is_student=student is not None)
    job.timer.end_stage("query encoder")
    passages = PassageVectors(lookup.vectors, corpus.paragraph_languages(), corpus.columns.article_of_paragraph)
    return _Vectors(passages, lookup.keys, queries, n_embedded, encoder_manifest, query_encoder)


def _index(job: _Job, corpus: Corpus, vectors: _Vectors) -> _Index:
    """Estimate the neutral space, calibrate its scores, find events, and write the index of vectors and of words."""
    recipe, passages, queries = job.recipe, vectors.passages, vectors.queries
    if recipe.centred:
        is_student = vectors.encoder_manifest.student is not None
        space = estimate_space(passages, queries, recipe.shrinkage, is_student=is_student)
    else:
        space = uncentred_space(passages.vectors.shape[1])
    neutral_passages = space.passages(passages.vectors, passages.languages.tolist())
    calibration = calibrate(space, neutral_passages, passages, queries, equalised=recipe.centred)
    test_queries = neutral_queries(space, queries)
    job.timer.end_stage("neutral space")
    event = find_events(neutral_passages, corpus.columns)
    job.timer.end_stage("finding events")
    job.reporter.print_line(f"indexing {len(neutral_passages):,} paragraphs")
    pieces = Pieces.of(corpus, job.layout, recipe.n_shards)
    budget, exact_up_to = recipe.memory_budget_bytes, len(neutral_passages) if recipe.exact else EXACT_UP_TO
    written = write_vectors(pieces, neutral_passages, passages.languages, test_queries, budget, exact_up_to)
    job.timer.end_stage("indexing")
    written = write_words(written, corpus)
    words = open_words(job.layout, written, corpus, neutral_passages.shape[1])
    job.timer.end_stage("indexing words")
    sample = ConfidenceSample.of(queries, event, words, passages)
    neutral = NeutralPassages(neutral_passages, passages)
    calibration = calibrate_confidence(calibration, space, neutral, sample, vectors.query_encoder)
    job.timer.end_stage("calibrating confidence")
    return _Index(space, calibration, event, written, test_queries)


def _write_version(
    job: _Job, corpus: Corpus, vectors: _Vectors, indexed: _Index, encoder: LazyPassageEncoder, gathered: GatherResult
) -> Manifest:
    """Write the remaining files of the version, the manifest last."""
    layout = job.layout
    indexed.space.save(layout.neutral)
    save_events(layout.events, indexed.event)
    write_keys(layout.text_keys, [*vectors.passage_keys, *vectors.query_encoder.keys])
    manifest = assemble_manifest(
        job.store,
        layout,
        [
            *indexed.written.files,
            *(layout.corpus, layout.neutral, layout.events, layout.text_keys, layout.rejects),
        ],
        encoder=encoder.description,
        query_encoder=vectors.encoder_manifest.spec,
        counts=Counts.of(corpus, gathered.source_counts.rejected),
        index=indexed.written.index,
        shards=indexed.written.shards,
        calibration=indexed.calibration,
        context=job.recipe.context,
        added_to=gathered.added_to,
    )
    write_manifest(layout.manifest, manifest)
    job.timer.end_stage("writing")
    return manifest


def _pass_gate(
    job: _Job, manifest: Manifest, encoder: CachedQueryEncoder, test_queries: FloatArray, expired_before: int | None
) -> None:
    """Raise GateFailed if the version has faults, and move it to the rejected version's folder."""
    faults = find_faults(job.store, job.layout, encoder, test_queries, job.limits, expired_before)
    if faults:
        path = reject_version(job.store, job.layout.root, manifest.version, faults)
        raise GateFailed(f"the new version is not published: {'; '.join(faults)}; it is kept in {path}")
    job.timer.end_stage("checking")


def _still_published(store: StoreLayout) -> str:
    try:
        return f"; version {current_version(store)}, published before, still stands"
    except StoreError:
        return ""
