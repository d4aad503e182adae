"""Every kind of index built and searched over a few thousand vectors."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scaling import kinds
from benchmarks.scaling.kinds import build, recall, search
from benchmarks.scaling.vectors import write_vectors
from indexer.snapshot.index.record import ApproximateKind
from indexer.vectors.tuning import TUNED_TO
from tests.benchmarks.corpora.test_synthetic_vectors import DIM, clustered

SIZE = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vectors")
    np.save(root / "real.npy", clustered(500))
    np.save(root / "queries.npy", clustered(60, seed=1))
    np.save(root / "headlines.npy", clustered(10, seed=2))
    write_vectors(root, SIZE, 0.5)
    return root


@pytest.fixture(autouse=True)
def few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "TUNING", 40)


def test_exact_search_finds_everything(folder: Path) -> None:
    found = search("exact", folder, SIZE)
    assert (found.effort, found.steps) == (0, [])
    assert found.recall == [1.0] * 20
    assert found.headline_recall == [1.0] * 10
    assert (len(found.first_ms), len(found.again_ms)) == (20, 20)


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("ivf-sq8", DIM, 3 * DIM), ("ivf-pq4", DIM / 4, 3 * DIM), ("hnsw-sq8", DIM, 20 * DIM)],
)
def test_search_parameter_rises_until_recall_suffices(
    kind: ApproximateKind, least: float, most: float, folder: Path
) -> None:
    built = build(kind, folder, SIZE)
    assert least < built.index_bytes / SIZE < most
    found = search(kind, folder, SIZE)
    reached = [step.recall_at_10 for step in found.steps]
    assert reached[-1] >= TUNED_TO or found.effort == 1  # product codes of so few vectors have one list only
    assert reached[-1] >= 0.97
    assert all(value < TUNED_TO for value in reached[:-1])
    assert found.effort == found.steps[-1].effort
    assert float(np.mean(found.recall)) > 0.9


def test_recall_counts_scores_that_reach_the_tenth_best() -> None:
    scores = [np.linspace(0.9, 0.0, 10, dtype=np.float32), np.linspace(0.9, 0.5, 10, dtype=np.float32)]
    assert recall(scores, np.array([0.45, 0.5], dtype=np.float32)) == [0.5, 1.0]
