"""The parameters of each option, from the values that a store has."""

import pytest

from benchmarks.features import options
from benchmarks.features.options import EVERYTHING, PLAIN, options_of

VALUES = {
    "language": ["ar", "en"],
    "source": ["Harbour Post", 'The "Bay", daily', "الأهرام"],
    "tag": [],
    "author": ["Sara Adel"],
    "month": ["2025-03", "2024-01", "2025-01"],
}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    monkeypatch.setattr(options, "_values", lambda _url, field: VALUES[field])
    return options_of("http://nowhere")


def test_filters_have_the_most_frequent_values(found: dict[str, dict[str, str]]) -> None:
    assert found[PLAIN] == {}
    assert found["filter: language"] == {"language": "ar"}
    assert found["filter: source"] == {"source": '"Harbour Post","The ""Bay"", daily"'}
    assert found["filter: author"] == {"author": '"Sara Adel"'}
    assert found["filter: published_from"] == {"published_from": "2025-01-01"}  # the middle month
    assert "filter: tag" not in found


def test_everything_has_filters_facets_events_and_highlights(found: dict[str, dict[str, str]]) -> None:
    assert set(found[EVERYTHING]) == {"source", "published_from", "facets", "group", "highlight"}
    assert found[EVERYTHING]["facets"] == "source,language,tag,author,day,month"


def test_a_store_without_dates_and_sources_has_the_other_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "_values", lambda _url, field: VALUES[field] if field == "language" else [])
    found = options_of("http://nowhere")
    assert [name for name in found if name.startswith("filter: ")] == ["filter: language"]
    assert set(found[EVERYTHING]) == {"facets", "group", "highlight"}
