"""What a build says of what it read: counts, reasons with examples, languages, times.

It stands in the version as `report.json`, for people and monitoring; nothing is served from it, and
times differ from night to night, so it is no part of the version's content and has no checksum.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexer.reporting.stages import Stage
from indexer.sources.formats.format import SourceArticle
from indexer.sources.parsing.reject import Reject

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

    def found(self, item: SourceArticle) -> None:
        """Count an article."""
        self.accepted += 1
        self.repaired += item.repaired
        self.dropped_lines += item.dropped_lines

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
class Duplicates:
    """Articles that are copies of others: `stories` have copies, `copies` are some, `exact` with the same words."""

    stories: int
    copies: int
    exact: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of one build; from `articles` on it is of the whole version.

    `languages` counts articles and `paragraph_languages` paragraphs, most first. `unknown_languages`
    are those among the latter that the encoder was not trained on, None where its card does not say.
    """

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
    paragraph_languages: dict[str, int]
    unknown_languages: dict[str, int] | None
    duplicates: Duplicates
    stages: Sequence[Stage]

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        content = asdict(self)
        content["reasons"] = dict(sorted(content["reasons"].items(), key=lambda entry: (-entry[1]["count"], entry[0])))
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """Return what a person wants to know in the morning, in a few lines."""
        told = [f"languages: {_counts(self.languages)}"]
        if self.unknown_languages:
            told.append(f"not known to the model: paragraphs in {_counts(self.unknown_languages)}")
        if self.duplicates.copies:
            told.append(
                f"copies: {self.duplicates.copies:,} articles of {self.duplicates.stories:,} others, "
                f"{self.duplicates.exact:,} word for word"
            )
        if self.repaired or self.dropped_lines:
            told.append(f"repaired: {self.repaired:,} articles; left out: {self.dropped_lines:,} banners and links")
        if self.taken_down or self.expired:
            told.append(f"left out: {self.taken_down:,} taken down, {self.expired:,} older than --keep-days")
        most = sorted(self.reasons.items(), key=lambda entry: (-entry[1].count, entry[0]))[:_EXAMPLES]
        told += [f"rejected {reason.count:,}: {kind}; such as {reason.examples[0]}" for kind, reason in most]
        return told


def by_language(codes: npt.NDArray[np.int32], languages: Sequence[str]) -> dict[str, int]:
    """Return how many of some codes, shape (n,), stand for each of `languages`, most first."""
    counts = zip(languages, np.bincount(codes, minlength=len(languages)).tolist(), strict=True)
    return dict(sorted(((name, n) for name, n in counts if n), key=lambda entry: (-entry[1], entry[0])))


def _counts(languages: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in languages.items())
