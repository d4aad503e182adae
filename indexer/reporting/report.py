"""The report of a build: counts, reject reasons with examples, languages, times.

It is the file `report.json` of a version, for people and monitoring. The service does not read it. Its times differ
from build to build, so the version's digest leaves it out, and it has a checksum of its own.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.reporting.counted import counted
from indexer.reporting.stages import Stage
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.format.sealed_json import check_seal, write_sealed
from indexer.sources.formats.format import SourceArticle, UnreadFile
from indexer.sources.parsing.reject import Reject

SEALED_SINCE = 4
"""Reports of versions of this format and later ones have a checksum."""

_EXAMPLES = 10
_MOST_KINDS_SHOWN = 3
_MOST_REASONS = 50
_MOST_LINES = 50
_OTHER = "other reasons"

# The parts of a reason that differ between two rejects of one kind: quoted values, paths and numbers.
# Each may begin in one place of a run of characters only, so that no text is read twice.
_VALUE = re.compile(
    r"(?<!\\)'(?:[^'\\]|\\.)*'|(?<!\\)\"(?:[^\"\\]|\\.)*\"|(?<![^\s:'\"])[^\s:/'\"]*/[^\s:]*|(?<![\w-])\d[\w.+-]*"
)


@dataclass(slots=True)
class RejectReason:
    """How many records were rejected for one reason, and some of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RepeatedLine:
    """A line that was left out of `articles` articles of a source; the source may be an empty string."""

    source: str
    line: str
    articles: int


@dataclass(slots=True)
class SourceCounts:
    """Counts articles and rejects while sources are read.

    The text of `repaired` articles had been decoded with a wrong encoding; `dropped_lines` were banners, links to
    other pages, or without a letter. `repeated` counts records whose id came again later, which lose nothing.
    `undated` has the reasons for which accepted articles have no date, and `unread` the files of unknown kinds, by
    suffix. `repeated_lines` are the most frequent lines that a source repeats, up to 50; `dropped_lines` counts all of
    them too. Rejects of one kind are counted together: values and numbers are removed from their reasons. There are at
    most 50 kinds; all further ones are counted as other reasons.
    """

    accepted: int = 0
    rejected: int = 0
    repeated: int = 0
    repaired: int = 0
    dropped_lines: int = 0
    reasons: dict[str, RejectReason] = field(default_factory=dict)
    repeated_lines: list[RepeatedLine] = field(default_factory=list)
    undated: dict[str, RejectReason] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)

    def count_article(self, item: SourceArticle) -> None:
        """Count an article."""
        self.accepted += 1
        self.repaired += item.repaired
        self.dropped_lines += item.dropped_lines

    def count_reject(self, item: Reject) -> None:
        """Count a record that was rejected."""
        self.rejected += 1
        _count(self.reasons, item)

    def count_undated(self, item: Reject) -> None:
        """Count an article whose date cannot be read, for the reason of `item`."""
        _count(self.undated, item)

    def count_unread(self, item: UnreadFile) -> None:
        """Count a file that was left out."""
        self.unread[item.suffix] = self.unread.get(item.suffix, 0) + 1

    def count_repeated_lines(self, lines: Sequence[RepeatedLine]) -> None:
        """Count lines that were left out of articles, the most frequent ones first."""
        self.dropped_lines += sum(line.articles for line in lines)
        self.repeated_lines = list(lines[:_MOST_LINES])


def _count(reasons: dict[str, RejectReason], item: Reject) -> None:
    kind = " ".join(_VALUE.sub("…", item.reason).split())
    if kind not in reasons and len(reasons) >= _MOST_REASONS:
        kind = _OTHER
    reason = reasons.setdefault(kind, RejectReason())
    reason.count += 1
    if len(reason.examples) < _EXAMPLES:
        reason.examples.append(str(item))


@dataclass(frozen=True, slots=True)
class DuplicateCounts:
    """`copies` articles are near-duplicates of `stories` others; `exact` of them have the same words."""

    stories: int
    copies: int
    exact: int


@dataclass(frozen=True, slots=True)
class EventCounts:
    """`events` with more than one article, the `articles` that they have, and those of them `across_languages`."""

    events: int
    articles: int
    across_languages: int

    @classmethod
    def of(cls, event: npt.NDArray[np.int32], language: npt.NDArray[np.int32]) -> "EventCounts":
        """Count the events of articles, given as `Columns.event` and `Columns.language` have them."""
        sizes = np.bincount(event, minlength=len(event))
        first_of_language = np.unique(np.stack([event, language], axis=1), axis=0)[:, 0]
        n_languages = np.bincount(first_of_language, minlength=len(event))
        return cls(int((sizes > 1).sum()), int(sizes[sizes > 1].sum()), int((n_languages > 1).sum()))


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of one build; its fields are the keys of `report.json`.

    The fields before `articles` describe the sources, as in `SourceCounts`, the others the whole version.
    `without_date` counts articles that had none, or none that can be read. `languages` counts articles and
    `paragraph_languages` paragraphs, the most frequent language first. `unknown_languages` are the paragraph languages
    that the encoder was not trained on; None if its model card does not name its languages.
    """

    sources: list[str]
    added_to: str | None
    accepted: int
    rejected: int
    reasons: dict[str, RejectReason]
    repeated: int
    repeated_lines: list[RepeatedLine]
    undated: dict[str, RejectReason]
    unread: dict[str, int]
    repaired: int
    dropped_lines: int
    taken_down: int
    expired: int
    articles: int
    without_date: int
    paragraphs: int
    embedded: int
    languages: dict[str, int]
    paragraph_languages: dict[str, int]
    unknown_languages: dict[str, int] | None
    duplicates: DuplicateCounts
    events: EventCounts
    stages: Sequence[Stage]

    def write(self, path: Path) -> None:
        """Write the report as JSON, with a sha256 over its own content."""
        content = asdict(self)
        for name in ("reasons", "undated"):
            content[name] = dict(sorted(content[name].items(), key=lambda entry: (-entry[1]["count"], entry[0])))
        write_sealed(path, content)

    def lines(self) -> list[str]:
        """Return a summary in a few readable lines."""
        lines = self._lines_of_version()
        if self.repaired or self.dropped_lines:
            repaired, lines_out = counted(self.repaired, "article"), counted(self.dropped_lines, "line")
            lines.append(f"repaired: {repaired}; left out: {lines_out} of boilerplate")
        if self.repeated_lines:
            line = self.repeated_lines[0]
            source = line.source or "one source without a name"
            lines.append(f"left out as boilerplate: lines that a source repeats, such as {line.line[:80]!r} ({source})")
        if self.taken_down or self.expired:
            lines.append(f"left out: {self.taken_down:,} taken down, {self.expired:,} older than --keep-days")
        if self.repeated:
            lines.append(
                f"repeated: {counted(self.repeated, 'record')} whose id came again later; the last one is kept"
            )
        if self.unread:
            lines.append(f"not read: files of kinds that khabar does not read: {_counts_text(_by_count(self.unread))}")
        for what, reasons in (("unreadable date", self.undated), ("rejected", self.reasons)):
            most_frequent = sorted(reasons.items(), key=lambda entry: (-entry[1].count, entry[0]))[:_MOST_KINDS_SHOWN]
            lines += [
                f"{what} {reason.count:,}: {kind}; for example {reason.examples[0]}" for kind, reason in most_frequent
            ]
        return lines

    def _lines_of_version(self) -> list[str]:
        """Return what the version has, in a line for each fact."""
        lines = [f"languages: {_counts_text(self.languages)}"]
        if self.unknown_languages:
            lines.append(f"unknown to the model: paragraphs in {_counts_text(self.unknown_languages)}")
        if self.without_date:
            lines.append(
                f"without a date: {self.without_date:,} of {counted(self.articles, 'article')}; filters by date leave "
                "them out, and orders by date have them last"
            )
        if self.duplicates.copies:
            lines.append(
                f"near-duplicates: {counted(self.duplicates.copies, 'copy', 'copies')} of "
                f"{counted(self.duplicates.stories, 'article')}; {self.duplicates.exact:,} with the same words"
            )
        if self.events.events:
            lines.append(
                f"events that several articles report: {self.events.events:,}, with "
                f"{counted(self.events.articles, 'article')}; {self.events.across_languages:,} of them in more than "
                "one language"
            )
        return lines


def count_by_language(codes: npt.NDArray[np.int32], languages: Sequence[str]) -> dict[str, int]:
    """Count `codes`, shape (n,), which are positions in `languages`; return the most frequent language first."""
    counts = zip(languages, np.bincount(codes, minlength=len(languages)).tolist(), strict=True)
    return _by_count({name: n for name, n in counts if n})


def _by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the largest count first."""
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name or 'without a suffix'} {n:,}" for name, n in counts.items())


def check_report(path: Path) -> None:
    """Check the report of a version, which no service reads, against its own sha256.

    Raises:
        SnapshotDamaged: it cannot be read, or its content has changed.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SnapshotDamaged(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise SnapshotDamaged(f"{path} is damaged: it is no report")
    check_seal(path, content)
