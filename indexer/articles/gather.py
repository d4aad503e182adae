"""Which articles make up a new version: those of the sources, of the version before, less what has to go."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexer.articles.split import blocks_of
from indexer.articles.spool import Spool, Spooled
from indexer.reporting.progress import Reporter
from indexer.reporting.report import Tally
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.errors import SourceError, StoreNotFound
from indexer.snapshot.format.takedowns import taken_down
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.sources.formats.format import ReadOptions
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources


@dataclass(frozen=True, slots=True)
class Scope:
    """Which articles make up the corpus.

    By default those in the sources and no others. With `add` they come on top of what the published
    version holds, which is the corpus of record then; an article of the same id is replaced.
    `keep_days` drops articles published longer ago than that; those without a date stay.
    """

    add: bool = False
    keep_days: int | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of all articles; `base` is the version that the sources were added to, if any.

    `tally` counts what the sources held, `taken_down` articles that must not be served, `expired` ones
    that are older than the corpus may be.
    """

    base: str | None
    tally: Tally
    taken_down: int
    expired: int


def gather(
    sources: Sequence[Path],
    store: StoreLayout,
    spool: Spool,
    rejects: Path,
    scope: Scope,
    fingerprint: str,
    reporter: Reporter,
    *,
    reading: ReadOptions,
    strict: bool,
) -> Gathered:
    """Fill the spool, and write what cannot be used and why to the file `rejects`.

    `fingerprint` is that of the encoder the articles are meant for, `reading` how sources are read.

    Raises:
        SourceError: a source cannot be read, no article is left, or with `strict` a line cannot be used.
        StoreError: with `scope.add`, the published version cannot be trusted.
    """
    base = _carry(store, spool, fingerprint) if scope.add else None
    if base is not None:
        reporter.say(f"adding to the {len(spool):,} articles of {base}")
    tally = _read(sources, reading, spool, rejects, reporter, strict=strict)
    n_taken_down = spool.drop(taken_down(store))
    n_expired = 0
    if scope.keep_days is not None:
        n_expired = spool.drop_before(int((datetime.now(UTC) - timedelta(days=scope.keep_days)).timestamp()))
    if not len(spool):
        raise SourceError("no article is left: all are taken down, or older than --keep-days allows")
    return Gathered(base, tally, n_taken_down, n_expired)


def _carry(store: StoreLayout, spool: Spool, fingerprint: str) -> str | None:
    """Put the articles of the published version into the spool and return its name; None where there is none."""
    try:
        base = current_version(store)
    except StoreNotFound:
        return None
    manifest, _ = check_version(store, base)
    corpus = Corpus(store.version(base).corpus)
    try:
        for stored in corpus.articles():
            if manifest.encoder.fingerprint == fingerprint:
                spool.carry(Spooled(stored.article, stored.paragraphs, stored.split_key))
            else:  # another encoder may read less at once
                spool.carry(Spooled(replace(stored.article, blocks=blocks_of(stored.paragraphs))))
    finally:
        corpus.close()
    return base


def _read(
    sources: Sequence[Path], reading: ReadOptions, spool: Spool, rejects: Path, reporter: Reporter, *, strict: bool
) -> Tally:
    """Read all articles into the spool and write the reject report; count everything."""
    tally = Tally()
    first: Reject | None = None
    with rejects.open("w", encoding="utf-8") as report:
        for item in read_sources(sources, reading):
            if isinstance(item, Reject):
                reject: Reject | None = item
            else:
                tally.found(item)
                reject = spool.add(item)
            if reject is None:
                continue
            if strict:
                raise SourceError(f"{reject} (--strict)")
            first = first or reject
            tally.reject(reject)
            report.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")
    named = ", ".join(map(str, sources))
    if not tally.accepted:
        # An empty day adds nothing; a day of which nothing can be used is a fault of its source.
        if first:
            raise SourceError(f"no article in {named}: all {tally.rejected:,} were rejected, the first one at {first}")
        if not len(spool):
            raise SourceError(f"no article in {named}: they are empty")
        reporter.say(f"no article in {named}: nothing is added")
    if first:
        reporter.say(f"{tally.rejected:,} rejected, the first one at {first}")
    return tally
