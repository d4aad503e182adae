"""How routes describe themselves in OpenAPI, beyond what FastAPI reads from their types."""

from typing import Any

from pydantic import BaseModel

from search_api.errors import MEDIA_TYPE
from search_api.schemas.problems import Problem

KEY_PROBLEMS = (401, 403, 429)
"""Answers to a request whose key is missing, wrong, or used too often."""

BOUND_PROBLEMS = (400, 408, 413, 414, 422, 431)
"""Answers to a request of any route that is malformed, too slow, too large, or for another host."""

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key that `khabar keys new` made."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}


def describe_keys(document: dict[str, Any]) -> dict[str, Any]:
    """Add to an OpenAPI document how keys are sent; a service without keys needs none."""
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["security"] = [*({name: []} for name in SECURITY_SCHEMES), {}]
    return document


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of problem documents with these statuses."""
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in statuses}


def in_query(parameters: type[BaseModel]) -> dict[str, Any]:
    """Return the description of parameters that a route reads from the query string by hand."""
    schema = parameters.model_json_schema(ref_template="#/components/schemas/{model}")
    required = schema.get("required", ())
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "schema": field,
                "description": field.get("description", ""),
            }
            for name, field in sorted(schema["properties"].items(), key=lambda entry: entry[0] not in required)
        ]
    }
