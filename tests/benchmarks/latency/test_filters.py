"""Filters that keep a given share, from hand-made corpora."""

from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.latency.filters import FilterColumns, choose

DAY = 86_400


def columns(dates: Sequence[int | None], sources: Sequence[str | None], languages: Sequence[str]) -> FilterColumns:
    names, codes = sorted({name for name in sources if name}), sorted(set(languages))
    return FilterColumns(
        timestamps=np.array([date or 0 for date in dates], dtype=np.int64),
        has_date=np.array([date is not None for date in dates], dtype=np.bool_),
        source=np.array([names.index(name) if name else -1 for name in sources], dtype=np.int32),
        sources=tuple(names),
        language=np.array([codes.index(name) for name in languages], dtype=np.int32),
        languages=tuple(codes),
    )


def test_dates_are_cut_to_the_wanted_share() -> None:
    found = choose(columns([n * DAY for n in range(1000)], [None] * 1000, ["en"] * 1000), [0.001, 0.1, 0.5])
    assert [condition.share for condition in found] == [0.001, 0.1, 0.5]
    assert found[1].parameters == {"published_from": "1970-01-01T00:00:00Z", "published_to": "1970-04-10T00:00:00Z"}


def test_share_counts_all_paragraphs_that_have_one_date() -> None:
    dates = [0] * 40 + [DAY] * 35 + [2 * DAY] * 25
    (found,) = choose(columns(dates, [None] * 100, ["en"] * 100), [0.6])
    assert found.share == 0.6
    assert found.parameters == {"published_from": "1970-01-02T00:00:00Z", "published_to": "1970-01-03T00:00:00Z"}


def test_a_source_is_chosen_if_no_dates_come_near() -> None:
    dates: list[int | None] = [None] * 99 + [DAY]
    sources = ["big"] * 88 + ["sm,all"] * 10 + [None] * 2
    found = choose(columns(dates, sources, ["en"] * 100), [0.1, 0.01])
    assert [condition.parameters for condition in found] == [
        {"source": '"sm,all"'},
        {"published_from": "1970-01-02T00:00:00Z", "published_to": "1970-01-02T00:00:00Z"},
    ]


def test_large_languages_are_filters_too() -> None:
    found = choose(columns([None] * 100, [None] * 100, ["ar"] * 60 + ["en"] * 35 + ["fr"] * 5), [0.5])
    assert [(condition.parameters, condition.share) for condition in found] == [
        ({"language": "ar"}, 0.6),
        ({"language": "en"}, pytest.approx(0.35)),
    ]


def test_a_corpus_of_one_kind_has_no_filters() -> None:
    assert choose(columns([None] * 3, [None] * 3, ["en"] * 3)) == []
