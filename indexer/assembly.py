"""What a build writes about a version: its manifest and its report."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path

import numpy as np

from indexer.articles.duplicates import NearDuplicates
from indexer.articles.gather import GatherRequest, GatherResult
from indexer.embedding.passage import Context, EncoderDescription
from indexer.reporting.report import BuildReport, DuplicateCounts, EventCounts, count_by_language
from indexer.reporting.stages import Stage
from indexer.snapshot.content.columns import NO_TIMESTAMP
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.content.events import ArticleEvents
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.format.checksums import checksums, content_digest
from indexer.snapshot.format.manifest import FORMAT_VERSION, SHARDED_FORMAT_VERSION, BuildRecord, Counts, Manifest
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import read_takedowns
from indexer.snapshot.scores.calibration import Calibration
from indexer.snapshot.shards.record import ShardRecord
from indexer.snapshot.text.language import UNDETERMINED
from indexer.snapshot.text.utc import utc_text
from indexer.store.versions import new_version_name


def assemble_manifest(
    store: StoreLayout,
    layout: VersionLayout,
    files: Sequence[Path],
    *,
    encoder: EncoderDescription,
    query_encoder: EncoderSpec,
    counts: Counts,
    index: dict[str, IndexRecord],
    shards: tuple[ShardRecord, ...],
    calibration: Calibration,
    context: Context,
    added_to: str | None,
) -> Manifest:
    """Return the manifest of a version whose `files` are complete."""
    sums, created = checksums(files, layout.root), datetime.now(UTC)
    return Manifest(
        format_version=SHARDED_FORMAT_VERSION if shards else FORMAT_VERSION,
        version=new_version_name(store, created, content_digest(sums)),
        created_at=utc_text(created),
        encoder=encoder.spec,
        counts=counts,
        index=index,
        calibration=calibration,
        build=BuildRecord(installed_version("khabar"), encoder.device, encoder.precision, context, added_to),
        files=sums,
        query_encoder=query_encoder if query_encoder != encoder.spec else None,
        takedowns=read_takedowns(store).head,
        shards=shards,
    )


def assemble_report(
    request: GatherRequest,
    gathered: GatherResult,
    corpus: Corpus,
    duplicates: NearDuplicates,
    event: ArticleEvents,
    known_languages: frozenset[str] | None,
    n_embedded: int,
    stages: Sequence[Stage],
) -> BuildReport:
    """Return the report of a build.

    `event` has the event of every article. `known_languages` are those of the model, None if its card lists none.
    """
    sources, columns = gathered.source_counts, corpus.columns
    paragraph_languages = count_by_language(columns.paragraph_language, columns.languages)
    unknown_languages = None
    if known_languages is not None:
        known = known_languages | {UNDETERMINED}  # "und" is no language
        unknown_languages = {name: n for name, n in paragraph_languages.items() if name not in known}
    return BuildReport(
        sources=[str(source) for source in request.sources],
        added_to=gathered.added_to,
        accepted=sources.accepted,
        rejected=sources.rejected,
        reasons=sources.reasons,
        repeated=sources.repeated,
        repeated_lines=sources.repeated_lines,
        undated=sources.undated,
        unread=sources.unread,
        repaired=sources.repaired,
        dropped_lines=sources.dropped_lines,
        taken_down=gathered.taken_down,
        expired=gathered.expired,
        articles=corpus.n_articles,
        without_date=int(np.count_nonzero(columns.timestamp == NO_TIMESTAMP)),
        paragraphs=corpus.n_paragraphs,
        embedded=n_embedded,
        languages=count_by_language(columns.language, columns.languages),
        paragraph_languages=paragraph_languages,
        unknown_languages=unknown_languages,
        duplicates=DuplicateCounts(duplicates.n_stories, len(duplicates.originals), duplicates.n_exact),
        events=EventCounts.of(event, columns.language),
        stages=stages,
    )
