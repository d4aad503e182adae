"""What a build says of what it read: counts, reasons with examples, languages, times.

It stands in the version as `report.json`, for people and monitoring; nothing is served from it, and
times differ from night to night, so it is no part of the version's content and has no checksum.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from indexer.snapshot.corpus import Columns
from indexer.sources.reject import Reject
from indexer.sources.walk import Found
from indexer.stages import Stage

_EXAMPLES = 3
_MOST_REASONS = 50
_OTHER = "other reasons"

# What differs between two rejects for one reason: quoted values, paths and numbers.
_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s:]*/[^\s:]*|(?<![\w-])\d[\w.+-]*")


@dataclass(slots=True)
class Reason:
    """One reason for which records were not taken: how many, and some of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Counts what sources hold, as it is read.

    `repaired` articles had been read in a wrong encoding before; `dropped_lines` were banners, links
    elsewhere or without a letter. A reason's values and numbers are left out, so that equal ones are
    counted together; there are 50 at most, the rest are counted as others.
    """

    accepted: int = 0
    rejected: int = 0
    repaired: int = 0
    dropped_lines: int = 0
    reasons: dict[str, Reason] = field(default_factory=dict)

    def found(self, item: Found) -> None:
        """Count an article."""
        self.accepted += 1
        self.repaired += item.repaired
        self.dropped_lines += item.dropped

    def reject(self, item: Reject) -> None:
        """Count a record that was not taken."""
        self.rejected += 1
        kind = " ".join(_VALUE.sub("…", item.reason).split())
        if kind not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            kind = _OTHER
        reason = self.reasons.setdefault(kind, Reason())
        reason.count += 1
        if len(reason.examples) < _EXAMPLES:
            reason.examples.append(str(item))


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of one build; `languages` counts articles, of the whole version."""

    sources: list[str]
    added_to: str | None
    accepted: int
    rejected: int
    reasons: dict[str, Reason]
    repaired: int
    dropped_lines: int
    taken_down: int
    expired: int
    articles: int
    paragraphs: int
    embedded: int
    languages: dict[str, int]
    stages: Sequence[Stage]

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        content = asdict(self)
        content["reasons"] = dict(sorted(content["reasons"].items(), key=lambda entry: (-entry[1]["count"], entry[0])))
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """Return what a person wants to know in the morning, in a few lines."""
        languages = ", ".join(f"{name} {n:,}" for name, n in self.languages.items())
        told = [f"languages: {languages}"]
        if self.repaired or self.dropped_lines:
            told.append(f"repaired: {self.repaired:,} articles; left out: {self.dropped_lines:,} banners and links")
        if self.taken_down or self.expired:
            told.append(f"left out: {self.taken_down:,} taken down, {self.expired:,} older than --keep-days")
        most = sorted(self.reasons.items(), key=lambda entry: (-entry[1].count, entry[0]))[:_EXAMPLES]
        told += [f"rejected {reason.count:,}: {kind}; such as {reason.examples[0]}" for kind, reason in most]
        return told


def articles_by_language(columns: Columns) -> dict[str, int]:
    """Return how many articles there are in each language, most first."""
    counts = Counter(columns.languages[code] for code in columns.language.tolist())
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
