"""Requests made from the OpenAPI document of the service, by schemathesis.

    python -m tests.fuzz.http --cases 10000 --seed 7
    python -m tests.fuzz.http --cases 10000 --url http://127.0.0.1:8000

Without an address, the service runs in this process over a small store with the fake encoder. Whatever is sent, the
answer is one that the document names, of the type and with the fields that it names, and never 500. The first request
with another answer ends the run, as short as it can be made.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from indexer.alerts.run import run_alerts
from indexer.snapshot.encoder import open as opening
from indexer.snapshot.layout import StoreLayout
from search_api.app import create_app
from search_api.settings import Settings
from tests.conftest import ARTICLES, fake_entry_points
from tests.fakes import publish_fake_store

AnyCase: TypeAlias = Case[Any]
AnyOperation: TypeAlias = APIOperation[Any, Any, Any, Any]

DOCUMENT = "/openapi.json"

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

_DAYS = ["2023-08-23", "0001-01-01", "9999-12-31T23:59:59.999999Z", "2024-05-14T09:30:00+03:00"]

PLAUSIBLE: dict[str, list[str]] = {
    "article_id": [article.id for article in ARTICLES],
    "author": ["Sara Adel", "-Sara Adel"],
    "facets": ["source", "language,tag,author", "day,month"],
    "field": ["source", "language", "tag", "author", "day", "month"],
    "index_version": ["v2"],
    "language": ["en", "ar", "en,ar", "fr-CA", "und"],
    "published_from": _DAYS,
    "published_to": _DAYS,
    "query_language": ["en", "ar", "tlh"],
    "saved_search": ["moon"],
    "saved_search_id": ["moon", "قمر/1"],
    "prefix": ["", "har", "الض", "2024"],
    "since": [*_DAYS, "24h", "7d", "9999w"],
    "source": ["Harbour Post", "الضفة", "unknown", '-الضفة,"Harbour Post"'],
    "tag": ["oil", "-oil", "نفط,-sea"],
}
"""Values for fields that take any text by their schema, and refuse most of it: requests with these are answered."""


@dataclass(frozen=True)
class Target:
    """A service, its document, and the session that reaches it."""

    document: BaseSchema
    session: requests.Session


@contextmanager
def service_in_process(folder: Path) -> Iterator[Target]:
    """Yield the service over a new store in `folder`, which has alerts."""
    store = StoreLayout(folder)
    publish_fake_store(folder, ARTICLES[:1], version="v1")
    publish_fake_store(folder, ARTICLES, version="v2")
    store.saved_searches.write_text('{"id": "moon", "query": "moon", "min_relevance": 0}', encoding="utf-8")
    run_alerts(store)
    app = create_app(Settings(store=folder))
    with asgi.get_client(app) as session:  # type: ignore[arg-type]  # it wants dicts where ASGI says mappings
        yield Target(openapi.from_asgi(DOCUMENT, app), session)


def fuzz_service(target: Target, *, n_cases: int, first_seed: int) -> Counter[tuple[str, int]]:
    """Send about `n_cases` requests, an equal share to each kind of request, and count answers by route and status.

    Raises:
        FailureGroup: an answer is not as the document says; it has the request as a command of curl.
    """
    answers: Counter[tuple[str, int]] = Counter()
    kinds = [kind for operation in _operations(target.document) for kind in _kinds(operation)]
    for kind in kinds:
        try:
            _send(kind, target.session, answers, n_cases=max(1, n_cases // len(kinds)), first_seed=first_seed)
        except Unsatisfiable:
            continue  # everything is a valid path, so there is no wrong one
    return answers


def _operations(document: BaseSchema) -> Iterator[AnyOperation]:
    for entry in document.get_all_operations():
        if isinstance(entry, Err):
            raise entry.err()
        yield entry.ok()


def _kinds(operation: AnyOperation) -> list[st.SearchStrategy[AnyCase]]:
    """Return how to make requests of an operation: by its schema, with plausible values, and against its schema."""
    valid = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.path_parameters or operation.query or operation.body):
        return []  # one request is all; the tests send it
    values = st.fixed_dictionaries({name: st.sampled_from(choice) for name, choice in PLAUSIBLE.items()})
    return [
        valid,
        st.builds(_with_plausible_values, valid, values),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    ]


def _with_plausible_values(case: AnyCase, values: dict[str, str]) -> AnyCase:
    for container in (case.path_parameters, case.query, case.body):
        if isinstance(container, dict):
            container.update({name: value for name, value in values.items() if container.get(name) is not None})
    # The schema cannot say that a search needs one of the two, so half of what it makes has neither.
    if case.operation.label == "POST /v1/search" and isinstance(case.body, dict) and not case.body.get("like"):
        case.body["q"] = case.body.get("q") or "harbour"
    return case


def _send(
    kind: st.SearchStrategy[AnyCase],
    session: requests.Session,
    answers: Counter[tuple[str, int]],
    *,
    n_cases: int,
    first_seed: int,
) -> None:
    @seed(first_seed)
    @settings(
        max_examples=n_cases,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=kind)
    def send(case: AnyCase) -> None:
        response = case.call(session=session)
        answers[case.operation.label, response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    send()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.http", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="number of requests, about")
    parser.add_argument("--seed", type=int, default=1, help="another seed sends other requests")
    parser.add_argument("--url", help="a running service; by default one in this process")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "entry_points", fake_entry_points)
        if options.url:
            with requests.Session() as session:
                target = Target(schemathesis.openapi.from_url(f"{options.url}{DOCUMENT}"), session)
                answers = fuzz_service(target, n_cases=options.cases, first_seed=options.seed)
        else:
            with service_in_process(Path(folder)) as target:
                answers = fuzz_service(target, n_cases=options.cases, first_seed=options.seed)
    for (route, status), count in sorted(answers.items()):
        sys.stdout.write(f"{count:>8,} {status} {route}\n")
    sys.stdout.write(f"{answers.total():>8,} requests, no fault\n")


if __name__ == "__main__":
    main()
