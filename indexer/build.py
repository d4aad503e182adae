"""The story of a build, top to bottom: articles in, a published version out."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path

import numpy as np

from indexer.articles.duplicates import NearDuplicates
from indexer.articles.gather import CorpusScope, GatherRequest, GatherResult, gather
from indexer.articles.spool import Spool
from indexer.articles.write_corpus import published_corpus, write_corpus
from indexer.embedding.cache import write_keys
from indexer.embedding.passage import Context
from indexer.embedding.passage_vectors import embed_passages
from indexer.embedding.query_vectors import QueryVectors, embed_queries
from indexer.encoders.build_encoders import Encoders, stored_query_encoder
from indexer.encoders.model_card import known_languages
from indexer.encoders.models import find_model
from indexer.gate import Limits, reasons_against
from indexer.reporting.progress import Reporter
from indexer.reporting.report import BuildReport, DuplicateCounts, count_by_language
from indexer.reporting.stages import Stage, StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import BuildError, GateFailed, KhabarError, StoreError
from indexer.snapshot.format.checksums import checksums, content_digest
from indexer.snapshot.format.manifest import (
    FORMAT_VERSION,
    BuildRecord,
    Counts,
    EncoderManifest,
    Manifest,
    write_manifest,
)
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.scores.neutral_space import SHRINKAGE, uncentred
from indexer.snapshot.text.language import UNDETERMINED
from indexer.snapshot.text.utc import utc_text
from indexer.sources.formats.format import ReadOptions
from indexer.store.publish import install_version, publish, reject_version
from indexer.store.staging import build_lock, staging_folder
from indexer.store.versions import new_version_name
from indexer.vectors.index_choice import build_index
from indexer.vectors.space import Passages, calibrate, estimate_space, neutral_queries


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build has published, its report, and how long all of it took, publishing included."""

    manifest: Manifest
    encoder: EncoderManifest
    report: BuildReport
    stages: tuple[Stage, ...]

    @property
    def embedded(self) -> int:
        """Number of texts that were new."""
        return self.report.embedded


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
    sources: Sequence[Path],
    root: Path,
    reporter: Reporter,
    *,
    recipe: Recipe | None = None,
    scope: CorpusScope | None = None,
    limits: Limits | None = None,
    reading: ReadOptions | None = None,
    strict: bool = False,
) -> BuildResult:
    """Build a version from `sources` and publish it in the store at `root`, if it passes the gate.

    With `strict`, the first line that cannot be used is an error; otherwise it is reported.
    Whatever goes wrong, the version published before stands.

    Raises:
        StoreLocked: another build is at work.
        GateFailed: the new version was not let through; it is kept aside.
        KhabarError: everything else that can be expected to go wrong, by kind.
    """
    store = StoreLayout(root)
    with build_lock(store):
        try:
            with staging_folder(store) as staging:
                job = _Job(store, staging, reporter, recipe or Recipe(), scope or CorpusScope(), limits or Limits())
                return _build(sources, job, reading or ReadOptions(), strict=strict)
        except KeyboardInterrupt as error:
            raise BuildError(f"interrupted{_still_standing(store)}") from error
        except KhabarError as error:
            raise type(error)(f"{error}{_still_standing(store)}") from error
        except (OSError, sqlite3.OperationalError) as error:  # SQLite tells of a full disk in its own way
            raise BuildError(f"the build stopped: {error}{_still_standing(store)}") from error


@dataclass(frozen=True, slots=True)
class _Job:
    """Where a build works, and what it was told."""

    store: StoreLayout
    staging: Path
    reporter: Reporter
    recipe: Recipe
    scope: CorpusScope
    limits: Limits


def _build(sources: Sequence[Path], job: _Job, reading: ReadOptions, *, strict: bool) -> BuildResult:
    store, reporter, recipe, stages = job.store, job.reporter, job.recipe, StageTimer()
    source = find_model(recipe.model, query_prompt=recipe.query_prompt, passage_prompt=recipe.passage_prompt)
    layout = VersionLayout(job.staging / "version")
    layout.root.mkdir()
    with Spool(job.staging / "spool.sqlite") as spool:
        request = GatherRequest(sources, reading, job.scope, strict)
        gathered = gather(request, store, source.fingerprint, spool, layout.rejects, reporter)
        stages.end_stage("reading")
        reporter.print_line(f"{len(spool):,} articles")
        encoders = Encoders(store, source, reporter)
        shape = encoders.shape
        stages.end_stage("loading the model")
        with published_corpus(store, source.fingerprint) as published:
            duplicates = write_corpus(spool, layout, shape, published, job.staging, stages)
    corpus = Corpus(layout.corpus)
    try:
        looked, n_embedded = embed_passages(corpus, encoders, store.cache, recipe.context, reporter)
        stages.end_stage("embedding")
        encoder_manifest, query_encoder = stored_query_encoder(corpus, encoders, store, job.staging, reporter)
        query_vectors = QueryVectors(query_encoder, store.cache, encoder_manifest.export_id)
        queries = embed_queries(corpus, query_vectors)
        stages.end_stage("query encoder")
        passages = Passages(looked.vectors, corpus.paragraph_languages(), corpus.columns.article_of_paragraph)
    finally:
        corpus.close()
    space = estimate_space(passages, queries, recipe.shrinkage) if recipe.centred else uncentred(shape.spec.dim)
    placed = space.passages(passages.vectors, passages.languages.tolist())
    calibration = calibrate(space, placed, passages, queries, equalised=recipe.centred)
    asked = neutral_queries(space, queries)
    stages.end_stage("neutral space")
    reporter.print_line(f"indexing {len(placed):,} paragraphs")
    index = build_index(placed, passages.languages, asked, budget_bytes=recipe.memory_budget_bytes)
    stages.end_stage("indexing")
    space.save(layout.neutral)
    write_keys(layout.text_keys, [*looked.keys, *query_vectors.keys])
    files = checksums(
        [*index.save(layout.index), layout.corpus, layout.neutral, layout.text_keys, layout.rejects], layout.root
    )
    created, shape = datetime.now(UTC), encoders.shape
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        version=new_version_name(store, created, content_digest(files)),
        created_at=utc_text(created),
        encoder=shape.spec,
        counts=_counts(corpus, passages, gathered.source_counts.rejected),
        index=index.records,
        calibration=calibration,
        build=BuildRecord(
            installed_version("khabar"), shape.device, shape.precision, recipe.context, gathered.added_to
        ),
        files=files,
    )
    write_manifest(layout.manifest, manifest)
    stages.end_stage("writing")
    reasons = reasons_against(store, layout, query_encoder, asked, query_vectors, job.limits)
    if reasons:
        place = reject_version(store, layout.root, manifest.version, reasons)
        raise GateFailed(f"the new version is not published: {'; '.join(reasons)}; it is kept in {place}")
    stages.end_stage("checking")
    known = known_languages(source.folder)
    report = _report(sources, gathered, manifest, corpus, duplicates, known, n_embedded, stages.finished())
    report.write(layout.report)
    install_version(store, layout.root, manifest.version)
    publish(store, manifest.version)
    stages.end_stage("publishing")
    return BuildResult(manifest, encoder_manifest, report, stages.finished())


def _report(
    sources: Sequence[Path],
    gathered: GatherResult,
    manifest: Manifest,
    corpus: Corpus,
    duplicates: NearDuplicates,
    known: frozenset[str] | None,
    n_embedded: int,
    stages: tuple[Stage, ...],
) -> BuildReport:
    tally, columns = gathered.source_counts, corpus.columns
    paragraph_languages = count_by_language(columns.paragraph_language, columns.languages)
    return BuildReport(
        sources=[str(source) for source in sources],
        added_to=gathered.added_to,
        accepted=tally.accepted,
        rejected=tally.rejected,
        reasons=tally.reasons,
        repaired=tally.repaired,
        dropped_lines=tally.dropped_lines,
        taken_down=gathered.taken_down,
        expired=gathered.expired,
        articles=manifest.counts.articles,
        paragraphs=manifest.counts.paragraphs,
        embedded=n_embedded,
        languages=count_by_language(columns.language, columns.languages),
        paragraph_languages=paragraph_languages,
        unknown_languages=_unknown(paragraph_languages, known),
        duplicates=DuplicateCounts(duplicates.n_stories, len(duplicates.originals), duplicates.n_exact),
        stages=stages,
    )


def _unknown(languages: Mapping[str, int], known: frozenset[str] | None) -> dict[str, int] | None:
    """Return the languages that a model does not know; a text without a language is none of them."""
    if known is None:
        return None
    return {name: n for name, n in languages.items() if name not in known and name != UNDETERMINED}


def _counts(corpus: Corpus, passages: Passages, n_rejected: int) -> Counts:
    by_language = {language: int(np.sum(passages.languages == language)) for language in passages.present}
    return Counts(corpus.n_articles, corpus.n_paragraphs, n_rejected, by_language)


def _still_standing(store: StoreLayout) -> str:
    try:
        return f"; version {current_version(store)}, published before, still stands"
    except StoreError:
        return ""
