"""The client sends every parameter of docs/openapi.json, and no other."""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from indexer.snapshot.search.query import Mode
from search_api.client import AsyncClient, Client, ClientError, SavedSearch, SearchOptions
from tests.conftest import ROOT
from tests.search_api.client.asking import asks

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
PATHS: dict[str, Any] = {path: methods for path, methods in DOCUMENT["paths"].items() if path.startswith("/v1/")}

ARGUMENTS: dict[str, Any] = {
    "q": "canal",
    "like": "A text.",
    "text": "A text.",
    "similar_to": "a/b",
    "file_format": "csv",
    "search_id": "a/b",
    "article_id": "a/b",
    "field": "source",
    "prefix": "a",
    "saved_search": "moon",
    "since": "7d",
    "before": 1,
    "limit": 1,
    "k": 1,
}
"""A value for each parameter of a method; options of searches get one by their type."""

OPTIONS: dict[str, Any] = dict.fromkeys(SearchOptions.__annotations__, "a") | {
    "k": 2,
    "offset": 1,
    "half_life_days": 1.5,
    "paragraphs": 2,
    "highlight": True,
}

ARGUMENTS["searches"] = [{"q": "canal", **OPTIONS}, {"like": "A text."}]

SAVED_FIELDS: dict[str, Any] = dict.fromkeys(SavedSearch.model_fields, "a") | {
    "k": 1,
    "min_relevance": 0.5,
    "mode": Mode.HYBRID,
}
# Not checked, because the service takes no two beginnings.
ARGUMENTS["saved"] = SavedSearch.model_construct(**SAVED_FIELDS)

TARGETS = ("q", "like", "similar_to")
"""What a search may be for; a call has one of them."""


def fields_in(schema: Any) -> set[str]:
    """Return the names of the fields that a part of the document describes, at any depth."""
    names: set[str] = set()
    if isinstance(schema, dict):
        if "$ref" in schema:
            names |= fields_in(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        # What can have one value only need not be sent.
        names |= {name for name, one in schema.get("properties", {}).items() if "const" not in one}
        for part in schema.values():
            names |= fields_in(part)
    elif isinstance(schema, list):
        for part in schema:
            names |= fields_in(part)
    return names


def documented(path: str) -> set[str]:
    names = set()
    for operation in PATHS[path].values():
        names |= {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        names |= fields_in(operation.get("requestBody"))
    return names


def keys_in(value: Any) -> Iterator[str]:
    """Yield the names of all fields in a body, at any depth."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from keys_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys_in(part)


def template(method: str, raw_path: str) -> str:
    """Return the documented path that a request is for; the parts of a path are escaped in it."""
    paths = [
        path
        for path, methods in PATHS.items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), raw_path) and method.lower() in methods
    ]
    assert len(paths) == 1, f"{method} {raw_path}"
    return paths[0]


def alternatives(arguments: dict[str, Any]) -> list[set[str]]:
    """Return what to leave out of each call, so that each has one target."""
    targets = [name for name in TARGETS if name in arguments]
    return [set(targets) - {one} for one in targets] or [set()]


def sent_by(kind: str) -> dict[str, set[str]]:
    """Call every method with every parameter that it has, and return the parameters that were sent, by path."""
    sent: dict[str, set[str]] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        raw_path, _, query = request.url.raw_path.decode().partition("?")
        names = sent.setdefault(template(request.method, raw_path), set())
        names.update(name for name, _ in parse_qsl(query))
        names.update(keys_in(json.loads(request.content or b"null")))
        return httpx.Response(500)

    ask = asks(kind, "http://localhost", transport=httpx.MockTransport(answer))
    try:
        for name, method in inspect.getmembers(Client if kind == "sync" else AsyncClient, inspect.isfunction):
            if name.startswith("_") or name in {"close", "aclose"}:
                continue
            arguments: dict[str, Any] = {}
            for one in list(inspect.signature(method).parameters.values())[1:]:
                arguments |= OPTIONS if one.kind is one.VAR_KEYWORD else {one.name: ARGUMENTS[one.name]}
            for left_out in alternatives(arguments):
                with pytest.raises(ClientError, match="500"):
                    ask(name, **{key: value for key, value in arguments.items() if key not in left_out})
    finally:
        ask.close()
    return sent


def test_the_client_reaches_everything_that_is_documented_and_sends_nothing_else(kind: str) -> None:
    assert sent_by(kind) == {path: documented(path) for path in PATHS}
