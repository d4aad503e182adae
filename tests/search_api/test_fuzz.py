"""A short piece of `python -m tests.fuzz.http`: the service answers as its OpenAPI document says."""

from pathlib import Path

from tests.fuzz.http import fuzz_service, service_in_process

N_CASES = 1_000


def test_every_answer_is_one_that_the_document_describes(tmp_path: Path) -> None:
    with service_in_process(tmp_path / "store") as target:
        answers = fuzz_service(target, n_cases=N_CASES, first_seed=20260103)
    assert answers.total() > N_CASES / 2
    # Requests that are refused test little more than the checks of fields; enough of them must reach the snapshot.
    routes = ("search", "facets/{field}", "alerts", "articles/{article_id}")
    for route in (*(f"GET /v1/{name}" for name in routes), "POST /v1/search"):
        # A third of what is usual: Hypothesis draws some values from the modules that the process has loaded.
        assert answers[route, 200] > 5, route
