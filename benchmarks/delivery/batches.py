"""The same searches in one request and one after the other."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from benchmarks.delivery.records import BatchRound
from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.workload import search_path
from search_api.client import Client


def measure_batches(url: str, kinds: Mapping[str, Sequence[str]], rounds: int) -> list[BatchRound]:
    """Return the times of each kind of queries in each round, after one round that does not count."""
    measured = [_round(url, kind, number, texts) for number in range(-1, rounds) for kind, texts in kinds.items()]
    return [each for each in measured if each.round >= 0]


def _round(url: str, kind: str, number: int, texts: Sequence[str]) -> BatchRound:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    started = time.perf_counter()
    for text in texts:
        _answer(connection, "GET", search_path(text))
    single_s = time.perf_counter() - started
    body = json.dumps({"searches": [{"q": text} for text in texts]}, ensure_ascii=False).encode()
    started = time.perf_counter()
    answer = _answer(connection, "POST", "/v1/search/batch", body)
    batch_s = time.perf_counter() - started
    connection.close()
    problems = [result for result in json.loads(answer)["results"] if "status" in result]
    if problems:
        raise BenchmarkError(f"{len(problems)} searches of a batch were refused: {problems[0]['detail']}")
    with Client(url) as client:
        started = time.perf_counter()
        for text in texts:
            client.search(text)
        client_s = time.perf_counter() - started
    return BatchRound(kind, number, len(texts), batch_s, single_s, client_s)


def _answer(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> bytes:
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise BenchmarkError(f"{path[:80]} was answered with {response.status}: {content[:200]!r}")
    return content
