"""Raw records: the events that each rule finds."""

from dataclasses import dataclass

from benchmarks.events.articles import Titles


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article of the corpus: its language, and the document that it is a half of; None if it is other news."""

    language: str
    document: str | None


@dataclass(frozen=True, slots=True)
class RuleRun:
    """The events with more than one article, as ids, that one rule finds in one corpus."""

    titles: Titles
    margin_across: float
    margin_within: float
    events: list[list[str]]


@dataclass(frozen=True, slots=True)
class TimeRun:
    """Seconds of CPU and of wall time for finding the events of synthetic articles of `days` days."""

    articles: int
    days: int
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Records:
    """All articles by id, what each rule finds, and times. `chosen` are the margins that a build uses."""

    articles: dict[str, LabelledArticle]
    chosen: tuple[float, float]
    runs: list[RuleRun]
    times: list[TimeRun]
