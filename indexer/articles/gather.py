"""Which articles make up a new version: from the sources, from the published version, and which are left out."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from indexer.articles.ambiguous_dates import DateOrders
from indexer.articles.repeated_lines import RepeatedLines
from indexer.articles.split import blocks_from_paragraphs
from indexer.articles.spool import Spool, SpooledArticle
from indexer.reporting.counted import counted
from indexer.reporting.progress import Reporter
from indexer.reporting.report import SourceCounts
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import SourceError, StoreNotFound
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version, read_takedowns
from indexer.sources.formats.format import ReadOptions, SourceArticle, SourceItem, UnreadFile
from indexer.sources.isolation.budget import DEFAULT_BUDGET, FileBudget
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources


@dataclass(frozen=True, slots=True)
class CorpusScope:
    """Which articles make up the corpus.

    By default they are the articles of the sources and no others. With `add`, the sources are added to the published
    version, and replace its articles of the same id. `keep_days` leaves out articles that were published more than
    that many days ago; articles without a date stay.
    """

    add: bool = False
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class GatherRequest:
    """What to read, how to read it, and whether the first record that cannot be used is an error (`strict`).

    `budget` is what the reader of one file may use; None reads without a child process, for measurements only.
    """

    sources: Sequence[Path]
    reading: ReadOptions
    scope: CorpusScope
    strict: bool = False
    budget: FileBudget | None = DEFAULT_BUDGET


@dataclass(frozen=True, slots=True)
class GatherResult:
    """What was gathered: `added_to` is the version that the sources were added to, if any.

    `taken_down` and `expired` count articles left out by a takedown, or because of their age (`keep_days`): those
    published before `expired_before`, Unix seconds.
    """

    added_to: str | None
    source_counts: SourceCounts
    taken_down: int
    expired: int
    expired_before: int | None


def gather(
    request: GatherRequest, store: StoreLayout, fingerprint: str, spool: Spool, rejects: Path, reporter: Reporter
) -> GatherResult:
    """Fill the spool with articles, and write each reject with its reason to the file `rejects`.

    `fingerprint` identifies the encoder that the articles will be split for.

    Raises:
        SourceError: a source cannot be read, no article is left, or with `strict` a record cannot be used.
        StoreError: articles are added to the published version, and that version cannot be trusted.
    """
    scope = request.scope
    added_to = _spool_published_articles(store, fingerprint, spool) if scope.add else None
    if added_to is not None:
        reporter.print_line(f"adding to {added_to}: {counted(len(spool), 'article')}")
    source_counts = _spool_sources(request, spool, rejects, reporter)
    n_taken_down = spool.drop(read_takedowns(store).in_force())
    expired_before = None
    if scope.keep_days is not None:
        expired_before = int((datetime.now(UTC) - timedelta(days=scope.keep_days)).timestamp())
    n_expired = 0 if expired_before is None else spool.drop_before(expired_before)
    if not len(spool):
        raise SourceError("no article is left: all are taken down, or older than --keep-days allows")
    return GatherResult(added_to, source_counts, n_taken_down, n_expired, expired_before)


def _spool_published_articles(store: StoreLayout, fingerprint: str, spool: Spool) -> str | None:
    """Put the articles of the published version into the spool; return its name, or None if nothing is published."""
    try:
        version = current_version(store)
    except StoreNotFound:
        return None
    manifest, _ = check_version(store, version)
    with Corpus(store.version(version).corpus) as corpus:
        for stored in corpus.articles():
            if manifest.encoder.fingerprint == fingerprint:
                spool.add_published(SpooledArticle(stored.article, stored.paragraphs, stored.split_key))
            else:  # another encoder may have a smaller limit of tokens, so the article is split again
                blocks = blocks_from_paragraphs(stored.paragraphs)
                spool.add_published(SpooledArticle(replace(stored.article, blocks=blocks)))
    return version


def _spool_sources(request: GatherRequest, spool: Spool, rejects: Path, reporter: Reporter) -> SourceCounts:
    """Read all articles into the spool, settle their dates, write the rejects, and count all."""
    with rejects.open("w", encoding="utf-8") as file:
        intake = _Intake(spool, file, request)
        for item in read_sources(request.sources, request.reading, request.budget):
            intake.take(item)
    intake.settle_dates()
    intake.drop_repeated_lines()
    counts, first = intake.counts, intake.first_reject
    names = ", ".join(map(str, request.sources))
    if not counts.accepted:
        # Empty sources may be added to a version; sources in which every record is rejected are an error.
        if first:
            raise SourceError(f"no article in {names}: all {counts.rejected:,} were rejected, the first one at {first}")
        if not len(spool):
            raise SourceError(f"no article in {names}: they are empty")
        reporter.print_line(f"no article in {names}: nothing is added")
    if first:
        reporter.print_line(f"{counts.rejected:,} rejected, the first one at {first}")
    return counts


class _Intake:
    """Takes what the sources give: articles go into the spool, rejects into a file, and all are counted."""

    def __init__(self, spool: Spool, rejects: TextIO, request: GatherRequest) -> None:
        self.counts = SourceCounts()
        self.first_reject: Reject | None = None
        self._spool = spool
        self._rejects = rejects
        self._strict = request.strict
        self._orders = DateOrders(request.reading.dates)
        self._lines = RepeatedLines()

    def take(self, item: SourceItem) -> None:
        """Take one item; with `strict`, raise SourceError if it cannot be used."""
        match item:
            case UnreadFile():
                self.counts.count_unread(item)
            case Reject():
                self.counts.count_reject(item)
                self.first_reject = self.first_reject or item
                self._leave_out(item)
            case SourceArticle():
                self._take_article(item)

    def settle_dates(self) -> None:
        """Date the articles whose date depends on the other dates of their file; those left over are counted."""
        for undated in self._spool.settle_dates(self._orders.of):
            self._count_undated(undated)

    def drop_repeated_lines(self) -> None:
        """Leave out the lines that a source repeats in many of its articles."""
        if self._lines.has_candidates():
            ids = [article.id for article in self._spool.from_sources() if self._lines.count(article)]
            self._spool.rewrite(ids, self._lines.without)
            self.counts.count_repeated_lines(self._lines.left_out)

    def _take_article(self, item: SourceArticle) -> None:
        self.counts.count_article(item)
        self._orders.add(item)
        self._lines.add(item.article)
        if item.date is not None and item.date.problem and not item.date.choices:
            self._count_undated(Reject(item.file, item.line, f"published_at: {item.date.problem}"))
        if repeat := self._spool.add(item):
            self.counts.repeated += 1
            self._leave_out(repeat)

    def _count_undated(self, undated: Reject) -> None:
        if self._strict:
            raise SourceError(f"{undated} (--strict)")
        self.counts.count_undated(undated)

    def _leave_out(self, reject: Reject) -> None:
        if self._strict:
            raise SourceError(f"{reject} (--strict)")
        self._rejects.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")
