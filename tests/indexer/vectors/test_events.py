"""Events of hand-made articles, and of random ones against a plain reading of the rule."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.columns import NO_TIMESTAMP, CodeLists, Columns
from indexer.snapshot.content.names import Names
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.vectors import events as module
from indexer.vectors.article_vectors import USUAL_LEVEL_ACROSS, USUAL_LEVEL_WITHIN
from indexer.vectors.events import EventRule, find_events

DAY_S = 86_400
LANGUAGES = ("ar", "en", "fr")


class Report(NamedTuple):
    """An article of one paragraph: what it is about, as an angle in degrees in a plane of its own subject."""

    language: str
    subject: int
    angle: float = 0.0
    day: float | None = 0.0
    copy_of: int | None = None


def corpus(reports: Sequence[Report]) -> tuple[FloatArray, Columns]:
    """Return vectors whose cosines within a subject are those of the angles between them, and 0 otherwise."""
    vectors = np.zeros((len(reports), 2 * (1 + max((report.subject for report in reports), default=0))), np.float32)
    for row, report in enumerate(reports):
        vectors[row, 2 * report.subject] = np.cos(np.radians(report.angle))
        vectors[row, 2 * report.subject + 1] = np.sin(np.radians(report.angle))
    rows = np.arange(len(reports), dtype=np.int32)
    story = np.array([row if one.copy_of is None else one.copy_of for row, one in enumerate(reports)], dtype=np.int32)
    language = np.array([LANGUAGES.index(report.language) for report in reports], dtype=np.int32)
    return vectors, Columns(
        article_of_paragraph=rows,
        paragraph_language=language,
        language=language,
        source=np.full(len(reports), -1, dtype=np.int32),
        timestamp=np.array(
            [NO_TIMESTAMP if one.day is None else round(one.day * DAY_S) for one in reports], dtype=np.int64
        ),
        story=story,
        event=story,
        languages=LANGUAGES,
        sources=Names.exactly(()),
        author=np.full(len(reports), -1, dtype=np.int32),
        authors=Names.exactly(()),
        tag=CodeLists.of(np.zeros(len(reports), dtype=np.int64), np.empty(0, dtype=np.int32)),
        tags=Names.exactly(()),
    )


def events(*reports: Report, rule: EventRule | None = None) -> list[int]:
    found = find_events(*corpus(reports), rule)
    assert found.dtype == np.int32
    return list(map(int, found))


def test_reports_of_one_subject_in_two_languages_are_an_event() -> None:
    assert events(Report("en", 0), Report("ar", 1), Report("ar", 0, 30), Report("en", 2)) == [0, 1, 0, 3]


def test_the_margin_is_what_counts() -> None:
    across = np.degrees(np.arccos(USUAL_LEVEL_ACROSS + EventRule().margin_across))
    assert events(Report("en", 0), Report("ar", 0, across - 0.1)) == [0, 0]
    assert events(Report("en", 0), Report("ar", 0, across + 0.1)) == [0, 1]
    within = np.degrees(np.arccos(USUAL_LEVEL_WITHIN + EventRule().margin_within))
    assert within < across
    assert events(Report("en", 0), Report("en", 0, within - 0.1)) == [0, 0]
    assert events(Report("en", 0), Report("en", 0, within + 0.1)) == [0, 1]


def test_only_articles_that_are_nearest_to_each_other_are_linked() -> None:
    # The second Arabic report is near enough, but the English one is nearer to the first, and they differ too much.
    assert events(Report("en", 0), Report("ar", 0, -20), Report("ar", 0, 50)) == [0, 0, 2]


def test_an_event_has_articles_of_several_languages_and_several_of_one() -> None:
    reports = [Report("en", 0), Report("en", 0, 10), Report("ar", 0, 12), Report("fr", 0, 9), Report("ar", 0, 3)]
    assert events(*reports) == [0, 0, 0, 0, 0]


def test_a_chain_is_not_one_event() -> None:
    # Each is near enough to the next one, the ends are not.
    chain = [Report("ar", 0, 0), Report("en", 0, 60), Report("fr", 0, 120)]
    first = events(*chain)
    assert len(set(first)) == 2
    assert events(*chain, rule=EventRule(margin_across=-1)) == [0, 0, 0]


@pytest.mark.parametrize(
    ("day", "expected"), [(2.9, [0, 0]), (3.0, [0, 0]), (3.01, [0, 1]), (-3.0, [0, 0]), (-4.0, [0, 1])]
)
def test_articles_of_an_event_are_at_most_three_days_apart(day: float, expected: list[int]) -> None:
    assert events(Report("en", 0), Report("ar", 0, 5, day)) == expected


def test_an_event_does_not_go_on_from_day_to_day() -> None:
    reports = [Report("en", 0, 0, 0), Report("ar", 0, 1, 2), Report("fr", 0, 3, 4)]
    assert events(*reports) == [0, 0, 2]


def test_articles_without_a_date_are_alone_with_their_copies() -> None:
    reports = [Report("en", 0, day=None), Report("ar", 0), Report("en", 0, day=None, copy_of=0), Report("fr", 0)]
    assert events(*reports) == [0, 1, 0, 1]


def test_near_duplicates_have_the_event_of_their_original_whatever_their_dates() -> None:
    reports = [
        Report("en", 0, 90),
        Report("ar", 0, 10),
        Report("en", 0, 10),
        Report("en", 0, 15, day=30, copy_of=2),
        Report("ar", 0, 10, day=None, copy_of=1),
    ]
    assert events(*reports) == [0, 1, 1, 1, 1]


def test_of_equally_near_articles_the_first_counts() -> None:
    assert events(Report("en", 0), Report("ar", 0, 30), Report("ar", 0, -30)) == [0, 0, 2]
    assert events(Report("ar", 0), Report("en", 0, 30), Report("en", 0, -30)) == [0, 0, 2]


def test_no_articles_and_one_article() -> None:
    assert find_events(np.empty((0, 4), np.float32), corpus([])[1]).tolist() == []
    assert events(Report("en", 0)) == [0]


def test_an_article_without_paragraphs_is_alone() -> None:
    vectors, columns = corpus([Report("en", 0), Report("ar", 0), Report("fr", 0)])
    columns.article_of_paragraph[:] = [0, 0, 2]
    assert find_events(vectors, columns).tolist() == [0, 1, 0]


def plain_events(vectors: FloatArray, columns: Columns, rule: EventRule) -> list[int]:
    """Follow the rule word by word, with the usual levels."""
    rows = [row for row in range(len(vectors)) if columns.timestamp[row] != NO_TIMESTAMP and columns.story[row] == row]
    rows.sort(key=lambda row: (columns.timestamp[row], row))

    def excess(a: int, b: int) -> float:
        same = columns.language[a] == columns.language[b]
        level, needed = (USUAL_LEVEL_WITHIN, rule.margin_within) if same else (USUAL_LEVEL_ACROSS, rule.margin_across)
        return float(vectors[a] @ vectors[b]) - level - needed

    def is_near(a: int, b: int) -> bool:
        return bool(abs(columns.timestamp[a] - columns.timestamp[b]) <= rule.max_days * DAY_S)

    def nearest(a: int, language: int) -> int | None:
        others = [b for b in rows if b != a and columns.language[b] == language and is_near(a, b)]
        return max(others, key=lambda b: excess(a, b)) if others else None

    def is_pair(a: int, b: int) -> bool:
        return nearest(a, columns.language[b]) == b and nearest(b, columns.language[a]) == a and excess(a, b) >= 0

    pairs = [(a, b) for place, a in enumerate(rows) for b in rows[place + 1 :] if is_pair(a, b)]
    return merged(rows, pairs, excess, is_near, columns)


def merged(
    rows: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    excess: Callable[[int, int], float],
    is_near: Callable[[int, int], bool],
    columns: Columns,
) -> list[int]:
    """Merge events, the pair with the largest excess first, and return the event of each article."""
    event = {row: [row] for row in rows}
    for a, b in sorted(pairs, key=lambda pair: -excess(*pair)):
        ours, others = event[a], event[b]
        if ours is others:
            continue
        together = ours + others
        mean = np.mean([excess(one, other) for one in ours for other in others])
        if mean >= 0 and all(is_near(one, other) for one in together for other in together):
            for row in together:
                event[row] = together
    return [min(event.get(int(of), [int(of)])) for of in columns.story]


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 40),
    days=st.sampled_from([0.0, 4.0, 12.0]),
    n_subjects=st.integers(1, 6),
    block=st.sampled_from([1, 2, 7, 1_024]),
)
def test_events_are_those_of_a_plain_reading_of_the_rule(
    seed: int, n: int, days: float, n_subjects: int, block: int
) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(np.eye(8)[rng.integers(0, n_subjects, n)] + 0.5 * rng.standard_normal((n, 8)))
    reports = [Report(LANGUAGES[rng.integers(0, 3)], 0, day=rng.uniform(0, days)) for _ in range(n)]
    reports = [one._replace(day=None) if rng.random() < 0.1 else one for one in reports]
    _, columns = corpus(reports)
    for row in range(1, n):
        first = int(rng.integers(0, row))
        if rng.random() < 0.1 and columns.story[first] == first:
            columns.story[row] = first
    rule = EventRule()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MAX_BLOCK_ROWS", block)
        patch.setattr(module, "_BLOCK_VALUES", block * 4)
        found = find_events(vectors, columns, rule)
    assert found.tolist() == plain_events(vectors, columns, rule)
    assert (found[found] == found).all()
