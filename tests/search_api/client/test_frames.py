"""Hits as a table."""

from importlib.util import find_spec
from typing import Any

import pytest

from search_api.client import Client, frames, to_dataframe
from search_api.formats.csv_rows import COLUMNS


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


def test_pandas_comes_first() -> None:
    assert type(to_dataframe([])).__module__.startswith("pandas")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == "polars" else find_spec(name))
    with pytest.raises(ImportError, match="to_dataframe needs polars: pip install polars"):
        to_dataframe([], "polars")
    monkeypatch.setattr(frames, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match="to_dataframe needs pandas or polars: pip install pandas"):
        to_dataframe([])
