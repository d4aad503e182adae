"""Hits and alerts as a table."""

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest

from indexer.snapshot.content.article import ArticleSummary, Paragraph
from indexer.snapshot.format.alerts import StoredAlert
from search_api.client import AlertsResponse, Client, frames, to_dataframe
from search_api.formats.csv_rows import COLUMNS
from search_api.schemas.index import IndexRef


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_row_is_a_hit(address: str, library: Any) -> None:
    pytest.importorskip(library)
    with Client(address) as client:
        answer = client.search("قناة", group="none")
    frame = to_dataframe(answer, library)
    assert type(frame).__module__.partition(".")[0] == library
    assert list(frame["rank"]) == list(range(1, 9))
    assert list(frame["text"]) == [hit.paragraph.text for hit in answer.hits]
    assert list(frame["article_id"]) == [hit.article.id for hit in answer.hits]
    assert next(iter(frame["title"])) == answer.hits[0].article.title
    assert set(frame["source"]) > {"الضفة", "Harbour Post"}
    assert tuple(frame.columns)[: len(COLUMNS)] == COLUMNS
    assert set(frame["article_language"]) == {"ar", "en"}
    assert frame.shape == to_dataframe(iter(answer.hits), library).shape


def test_no_hits_give_a_table_with_all_columns() -> None:
    frame = to_dataframe([], "pandas")
    assert (len(frame), "text" in frame.columns) == (0, True)


ALERTS = [
    StoredAlert(
        "زلازل",
        "زلزال",
        "v1",
        rank,
        0.5,
        0.95,
        ArticleSummary(f"ar-{rank}", "زلزال في المغرب", "ar", "الضفة", None, "2023-09-08"),
        Paragraph(f"ar-{rank}:0", 1, None, "نص", "ar"),
        10 - rank,
        "2026-01-02T03:04:05Z",
        "v2",
    )
    for rank in (1, 2)
]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_row_is_an_alert(library: Any) -> None:
    pytest.importorskip(library)
    page = AlertsResponse(IndexRef(version="v2", created_at="2026-01-02T03:04:05Z"), ALERTS, None)
    frame = to_dataframe(page, library)
    assert list(frame["saved_search"]) == ["زلازل", "زلازل"]
    assert list(frame["found_at"]) == ["2026-01-02T03:04:05Z"] * 2
    assert list(frame["article_id"]) == ["ar-1", "ar-2"]
    assert list(frame["number"]) == [9, 8]
    assert "duplicate_count" not in frame.columns
    for again in (to_dataframe(ALERTS, library), to_dataframe(iter(ALERTS), library)):
        assert list(again.columns) == list(frame.columns)
        assert again.shape == frame.shape
    without = to_dataframe(replace(page, alerts=[]), library)
    assert (len(without), list(without.columns)) == (0, list(frame.columns))


@pytest.mark.parametrize(("rows", "named"), [([*ALERTS, "text"], "StoredAlert, str"), (["a"], "str"), (7, "int")])
def test_what_is_no_row_is_named(rows: Any, named: str) -> None:
    with pytest.raises(TypeError, match=f"takes an answer to a search, .* not {named}$"):
        to_dataframe(rows)


def test_pandas_comes_first() -> None:
    assert type(to_dataframe([])).__module__.startswith("pandas")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == "polars" else find_spec(name))
    with pytest.raises(ImportError, match="to_dataframe needs polars: pip install polars"):
        to_dataframe([], "polars")
    monkeypatch.setattr(frames, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="to_dataframe needs pandas or polars: pip install pandas"):
        to_dataframe([])
