"""Events: articles in any language that report the same event, found from their vectors and dates.

Two articles of an event are each other's nearest article of their language among those published within a few days,
and much nearer than unrelated articles are by chance:

    margin(a, b) = cosine(a, b) - (level(a, language of b) + level(b, language of a)) / 2

where level(a, L) is the mean cosine of a and its nearest references, a sample of the articles of language L. So a
report that resembles many others, such as one on share prices, needs a higher cosine than one that resembles none. This
margin is known as cross-domain similarity local scaling (Conneau et al. 2018), and finds translations in large
collections (Artetxe and Schwenk 2019). With a sample of references, instead of all articles, an event that has many
articles in a large corpus does not hide itself.

Pairs are merged to events, the largest margin first, as long as the mean margin between all articles of the two events
is large enough (average linkage). So a chain of articles, each similar to the next one, is not one event.

An article without a date is in no event but that of its near-duplicates: of all articles of an archive, the nearest one
in another language is often about the same subject in another year.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.content.events import ArticleEvents
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.vectors.article_vectors import DatedArticles, Positions, article_vectors, chance_levels

_DAY_S = 86_400
_MAX_BLOCK_ROWS = 256
_BLOCK_VALUES = 1 << 23
"""Values that are held at the same time: 32 MiB."""

Pairs = npt.NDArray[np.int64]
"""Two positions a row, shape (n, 2)."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """When articles have one event; the defaults follow the measurements in docs/articles.md.

    The margin of articles in two languages is at least `margin_across`, that of articles in one language
    `margin_within`: these have more in common by chance. All articles of an event were published within `max_days`.
    """

    margin_across: float = 0.14
    margin_within: float = 0.35
    max_days: int = 3

    @property
    def max_seconds(self) -> int:
        """The longest time between two articles of an event."""
        return self.max_days * _DAY_S


def find_events(neutral_passages: FloatArray, columns: Columns, rule: EventRule | None = None) -> ArticleEvents:
    """Return for each article the row of the first article of its event, or its own row, shape (n_articles,).

    `neutral_passages`, shape (n_paragraphs, dim), float32, unit norm, are the vectors of all paragraphs in the neutral
    space, by row. Near-duplicates have the event of their original.
    """
    event = columns.story.copy()
    articles = _dated_articles(neutral_passages, columns)
    for members in _Merger(articles, len(columns.languages), rule or EventRule()).events():
        event[articles.rows[members]] = articles.rows[members].min()
    return event[columns.story]


def _dated_articles(neutral_passages: FloatArray, columns: Columns) -> DatedArticles:
    """Return the articles that may have events of their own: all with a date and text, apart from near-duplicates."""
    n_articles = len(columns.story)
    candidates = (columns.story == np.arange(n_articles)) & (columns.timestamp != NO_TIMESTAMP)
    candidates &= np.bincount(columns.article_of_paragraph, minlength=n_articles) > 0
    rows = np.flatnonzero(candidates)
    rows = rows[np.argsort(columns.timestamp[rows], kind="stable")]
    vectors = article_vectors(neutral_passages, columns.article_of_paragraph, n_articles)[rows]
    return DatedArticles(rows, vectors, columns.timestamp[rows], columns.language[rows])


class _Merger:
    """Merges articles to events; all articles are given by their positions in order of time."""

    def __init__(self, articles: DatedArticles, n_languages: int, rule: EventRule) -> None:
        self._articles = articles
        self._rule = rule
        self._levels = chance_levels(articles, n_languages)

    def events(self) -> Iterator[Positions]:
        """Yield the positions of the articles of each event with more than one."""
        members: dict[int, Positions] = {}
        event_of: dict[int, int] = {}
        for pair in self._pairs():
            first, second = (event_of.get(position, position) for position in pair)
            if first == second:
                continue
            ours, others = (members.get(event, np.array([event])) for event in (first, second))
            together = np.concatenate([ours, others])
            times = self._articles.timestamps[together]
            if times.max() - times.min() <= self._rule.max_seconds and self._mean_excess(ours, others) >= 0:
                members.pop(second, None)
                members[first] = together
                event_of |= dict.fromkeys(together.tolist(), first)
        yield from members.values()

    def _pairs(self) -> list[tuple[int, int]]:
        """Return all pairs that are nearest to each other and near enough, the largest excess of the margin first."""
        codes = np.unique(self._articles.languages).tolist()
        found = [self._mutual_pairs(one, other) for place, one in enumerate(codes) for other in codes[place:]]
        pairs = np.concatenate([np.empty((0, 2), dtype=np.int64), *(pairs for pairs, _ in found)])
        excess = np.concatenate([np.empty(0), *(excess for _, excess in found)])
        order = np.lexsort((pairs[:, 1], pairs[:, 0], -excess))
        return [(first, second) for first, second in pairs[order].tolist()]

    def _mutual_pairs(self, one: int, other: int) -> tuple[Pairs, FloatArray]:
        """Return pairs of an article of each language that are nearest to each other, and their excess, 0 or more."""
        ours = self._articles.of_language(one)
        others = ours if one == other else self._articles.of_language(other)
        nearest = np.zeros(len(ours), dtype=np.int64)
        excess = np.full(len(ours), -np.inf, dtype=np.float32)
        excess_back = np.full(len(others), -np.inf, dtype=np.float32)
        for block, window, values in self._blocks(ours, others):
            best = values.argmax(axis=1)
            nearest[block], excess[block] = window.start + best, values[np.arange(len(best)), best]
            excess_back[window] = np.maximum(excess_back[window], values.max(axis=0))
        near = np.flatnonzero(excess >= 0)
        near = near[excess[near] == excess_back[nearest[near]]]
        if one == other:  # neither has a nearer one on the other side in time
            near = near[(excess[near] > excess_back[near]) & (excess[near] >= excess[nearest[near]])]
        near = near[np.unique(nearest[near], return_index=True)[1]]  # of equally near ones the first
        return np.stack([ours[near], others[nearest[near]]], axis=1), excess[near]

    def _blocks(self, ours: Positions, others: Positions) -> Iterator[tuple[slice, slice, FloatArray]]:
        """Yield parts of `ours`, each with the part of `others` published near it, and the excess of all pairs.

        It is minus infinity for pairs that are too far apart in time. Within one language each pair comes once, with
        its first article in `ours`.
        """
        times, other_times = self._articles.timestamps[ours], self._articles.timestamps[others]
        if ours is others:
            begins = np.arange(1, len(ours) + 1)
        else:
            begins = np.searchsorted(other_times, times - self._rule.max_seconds, side="left")
        ends = np.searchsorted(other_times, times + self._rule.max_seconds, side="right")
        start = 0
        while start < len(ours):
            width = ends[min(start + _MAX_BLOCK_ROWS, len(ours)) - 1] - begins[start]
            end = min(start + int(np.clip(_BLOCK_VALUES // max(1, width), 1, _MAX_BLOCK_ROWS)), len(ours))
            window = slice(int(begins[start]), int(ends[end - 1]))
            if window.start < window.stop:
                values = self._excess(ours[start:end], others[window])
                for row, (begin, stop) in enumerate(zip(begins[start:end], ends[start:end], strict=True)):
                    values[row, : begin - window.start] = -np.inf
                    values[row, stop - window.start :] = -np.inf
                yield slice(start, end), window, values
            start = end

    def _excess(self, ours: Positions, others: Positions) -> FloatArray:
        """Return by how much the margin of each pair exceeds what its languages need, shape (ours, others), float32.

        All of `ours` are of one language, and so are all of the `others`.
        """
        articles, rule = self._articles, self._rule
        one, other = articles.languages[ours[0]], articles.languages[others[0]]
        needed = rule.margin_within if one == other else rule.margin_across
        values: FloatArray = articles.vectors[ours] @ articles.vectors[others].T
        values -= (self._levels[ours, other] / 2)[:, None]
        values -= self._levels[others, one] / 2 + np.float32(needed)
        return values

    def _mean_excess(self, ours: Positions, others: Positions) -> float:
        """Return the mean excess of all pairs of two events."""
        codes, other_codes = self._articles.languages[ours], self._articles.languages[others]
        total = sum(
            float(self._excess(ours[codes == one], others[other_codes == other]).sum())
            for one in np.unique(codes)
            for other in np.unique(other_codes)
        )
        return total / (len(ours) * len(others))
