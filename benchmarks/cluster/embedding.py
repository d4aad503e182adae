"""A build that embeds on a Ray cluster, while encoders, nodes and the build itself are killed at random moments."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from benchmarks.cluster.nodes import Nodes
from benchmarks.cluster.records import EmbeddingFault, EmbeddingRun, FaultKind
from benchmarks.corpora.embeddings import vectors_by_text
from benchmarks.harness.build_process import cached_passages, read_build, run_build
from benchmarks.harness.errors import BenchmarkError
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.layout import StoreLayout

_SEED = 20261204
_N_NODES = 2
_LOOK_EVERY_S = 1.0
_NODE_AWAY_S = 5.0
_MAX_FAILURES = 3
_ENCODER = "ray::_Encoder"
"""How the command line of an encoder begins."""


def embed_under_faults(
    articles: Path, stores: Path, n_faults: int, model: str | None, reporter: Reporter
) -> EmbeddingRun:
    """Build a file of articles without faults and without Ray, and on Ray with faults; compare all vectors.

    A fault comes when so many vectors are in the cache, a number that is drawn at random between none and all. Each
    kind is as frequent as the others. A build that was killed is started again at once; a node comes back after 5 s.

    Raises:
        BenchmarkError: the build on Ray ended by itself three times without success.
        BuildError: the undisturbed build failed.
    """
    undisturbed = run_build(articles, stores / "undisturbed", model)
    planned = plan_faults(undisturbed.embedded, n_faults)
    store, output = stores / "faults", stores / "build.json"
    started, faults, failures = time.monotonic(), list[EmbeddingFault](), list[str]()
    with closing(Nodes(_N_NODES)) as nodes:
        while True:
            with _build(articles, store, nodes, model, output) as build:
                for at, kind in planned[len(faults) :]:
                    if not _waited(build, StoreLayout(store), at):
                        break
                    reporter.print_line(f"{at:,} texts are embedded: killing {kind} number {len(faults) + 1}")
                    _kill(kind, build, nodes, len(faults))
                    embedded = cached_passages(StoreLayout(store))
                    faults.append(EmbeddingFault(kind, embedded, round(time.monotonic() - started, 1)))
                    if kind == FaultKind.BUILD:
                        break
                build.wait()
            if build.returncode == 0:
                break
            if build.returncode != -signal.SIGKILL:
                failures.append(_last_line(output.with_suffix(".log")))
                reporter.print_line(f"the build failed: {failures[-1]}")
                if len(failures) == _MAX_FAILURES:
                    raise BenchmarkError(f"the build on Ray failed {_MAX_FAILURES} times: {failures[-1]}")
    wall_s = time.monotonic() - started
    differing, smallest_cosine = compare_vectors(vectors_by_text(stores / "undisturbed"), vectors_by_text(store))
    return EmbeddingRun(
        texts=undisturbed.embedded,
        faults=faults,
        failures=failures,
        cached=cached_passages(StoreLayout(store)),
        embedded_by_last=read_build(output.read_text(encoding="utf-8"), wall_s).embedded,
        differing=differing,
        smallest_cosine=smallest_cosine,
        wall_s=round(wall_s, 1),
        undisturbed_s=undisturbed.wall_s,
    )


def plan_faults(n_texts: int, n_faults: int) -> list[tuple[int, FaultKind]]:
    """Return at how many embedded texts which fault comes, in this order; equal arguments give equal plans."""
    rng = random.Random(_SEED)  # noqa: S311  # no secret
    kinds = [list(FaultKind)[number % len(FaultKind)] for number in range(n_faults)]
    rng.shuffle(kinds)
    return list(zip(sorted(rng.sample(range(n_texts), n_faults)), kinds, strict=True))


def compare_vectors(first: Mapping[bytes, FloatArray], second: Mapping[bytes, FloatArray]) -> tuple[int, float]:
    """Return how many vectors of the same texts differ in any bit, and the smallest cosine.

    Raises:
        BenchmarkError: a text has only one vector.
    """
    if first.keys() != second.keys():
        raise BenchmarkError(f"{len(first.keys() ^ second.keys()):,} texts have a vector in one of two stores only")
    pairs = [(vector, second[key]) for key, vector in first.items()]
    return sum(not np.array_equal(*pair) for pair in pairs), min(float(np.dot(*pair)) for pair in pairs)


@contextmanager
def _build(
    articles: Path, store: Path, nodes: Nodes, model: str | None, output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "search_api", "index", "build", str(articles), "--store", str(store), "--json"]
    options = ["--engine", "ray", "--ray-address", nodes.address, *(["--model", model] if model else [])]
    with output.open("wb") as told, output.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=told, stderr=log, env=os.environ | nodes.environment)  # noqa: S603
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _last_line(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1]


def _waited(build: subprocess.Popen[bytes], store: StoreLayout, n_texts: int) -> bool:
    """Wait until so many texts are embedded; return False if the build ends before."""
    while cached_passages(store) < n_texts:
        if build.poll() is not None:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def _kill(kind: FaultKind, build: subprocess.Popen[bytes], nodes: Nodes, number: int) -> None:
    node = 1 + number % _N_NODES
    if kind == FaultKind.BUILD:
        build.kill()
        build.wait()
    elif kind == FaultKind.NODE:
        nodes.kill(node)
        time.sleep(_NODE_AWAY_S)
        nodes.start(node)
    else:
        for encoder in nodes.processes(node, _ENCODER):  # none, if it is starting after another fault
            encoder.kill()
