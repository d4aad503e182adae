"""docs/openapi.json says what the service does."""

import http.client
import json

import pytest

from search_api.openapi_file import COMMAND, openapi_document, openapi_text
from tests.conftest import ROOT

FILE = ROOT / "docs" / "openapi.json"


def test_the_file_describes_this_service() -> None:
    assert FILE.read_text(encoding="utf-8") == openapi_text(), f"the HTTP interface has changed: {COMMAND}"


def test_no_setting_changes_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHABAR_PORT", "9000")
    monkeypatch.setenv("KHABAR_REQUIRE_KEYS", "true")
    monkeypatch.setenv("KHABAR_CORS_ORIGINS", "https://newsroom.example")
    assert FILE.read_text(encoding="utf-8") == openapi_text()


def test_phrases_that_differ_between_versions_of_python_are_not_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 has other phrases for 413, 414, 416 and 422."""
    written = openapi_document()
    changed = dict.fromkeys((413, 414, 416, 422), "another phrase")
    monkeypatch.setattr(http.client, "responses", {**http.client.responses, **changed})
    assert openapi_document() == written


def test_it_is_sorted_and_indented() -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    assert list(document["paths"]) == sorted(document["paths"])
    assert "\n  " in FILE.read_text(encoding="utf-8")
