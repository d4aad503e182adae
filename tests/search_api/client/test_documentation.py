"""docs/client.md: every name is in it, and every example runs."""

import contextlib
import inspect
import io
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from search_api import client
from search_api.client import AlertsResponse, Client
from search_api.client.frames import to_dataframe
from search_api.schemas.index import IndexRef
from tests.conftest import ROOT
from tests.service_process import running_service

PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
KHABAR = (sys.executable, "-m", "search_api")
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", flags=re.MULTILINE | re.DOTALL)


def test_every_public_name_is_documented() -> None:
    assert [name for name in client.__all__ if f"`{name}" not in PAGE and name != "SearchOptions"] == []


def test_every_method_is_in_the_table_with_its_parameters() -> None:
    rows = dict(re.findall(r"^\| `(\w+)\((.*?)\)` \|", PAGE, flags=re.MULTILINE))
    methods = {
        name: [one.name for one in inspect.signature(method).parameters.values()][1:]
        for name, method in inspect.getmembers(Client, inspect.isfunction)
        if not name.startswith("_") and name != "close"
    }
    assert {name: re.findall(r"(\w+)(?:=[^,]*)?(?:, |$)", row) for name, row in rows.items()} == methods


def test_arguments_of_the_constructor_are_documented_with_their_defaults() -> None:
    (shown,) = re.findall(r"^`Client\(base_url, \*, (.*)\)`$", PAGE, flags=re.MULTILINE)
    parameters = list(inspect.signature(Client).parameters.values())[1:]
    assert shown == ", ".join(
        f"{one.name}={one.default:g}" if isinstance(one.default, float) else f"{one.name}={one.default}"
        for one in parameters
    )
    assert all(f"| `{one.name}` |" in PAGE for one in parameters)


def test_columns_are_documented() -> None:
    alerts = AlertsResponse(IndexRef(version="", created_at=""), [], None)
    for beginning, frame in (
        ("The columns are ", to_dataframe([], "pandas")),
        ("The columns of alerts are ", to_dataframe(alerts, "pandas")),
    ):
        listed = PAGE.split(beginning, 1)[1].split("\n", 1)[0]
        assert re.findall(r"`(\w+)`", listed) == list(frame.columns)


@pytest.fixture(scope="module")
def address(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store: Path = tmp_path_factory.mktemp("sample") / "store"
    shutil.copytree(sample_store, store)  # the examples change saved searches
    with running_service(KHABAR, store, cwd=ROOT) as url:
        yield url


@pytest.mark.slow
def test_examples_run_and_print_what_is_shown(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They follow each other, as on the page."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) > 5
    for code, shown in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code.replace("http://127.0.0.1:8000", address), "docs/client.md", "exec"), names)  # noqa: S102
        assert printed.getvalue(), code
        assert not shown or printed.getvalue() == shown, code
    assert (tmp_path / "hits.csv").read_text(encoding="utf-8-sig").startswith("rank,")
