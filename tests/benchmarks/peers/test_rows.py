"""The rows that peers index, and the paths and answers of all systems."""

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from benchmarks.harness.errors import BenchmarkError
from benchmarks.peers import venv
from benchmarks.peers.rows import ExactScores, model_folder, write_rows
from benchmarks.peers.systems import Chroma, Khabar, System, Txtai
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

HERE = Path()


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    vectors = np.eye(2, 3, dtype=np.float32)
    rows = write_rows(tmp_path / "rows", ["a", "b"], ["قناة", "canal"], vectors)
    assert rows.ids() == ["a", "b"]
    assert np.array_equal(rows.vectors(), vectors)
    assert {path.name for path in rows.folder.iterdir()} == {"ids.json", "texts.json", "vectors.npy"}


def test_recall_is_the_share_of_the_best_and_ties_are_equally_good() -> None:
    scores = np.array([[0.9, 0.8, 0.7, *[0.5] * 9], [0.1, 0.2, 0.3, *[0.5] * 9]], dtype=np.float32)
    exact = ExactScores([f"id-{row}" for row in range(12)], scores)
    first = [f"id-{row}" for row in (0, 1, 2, 11, 10, 9, 8, 7, 6, 5)]  # of nine equal ones, any seven will do
    second = [f"id-{row}" for row in (0, 1, 3, 4, 5, 6, 7, 8, 9, 10)]  # two of the best ten are missing
    assert exact.recall([first, second]) == [1.0, 0.8]


def test_store_of_another_model_is_refused(fake_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bundled:
        name, fingerprint, folder = "the bundled one", "another", HERE

    monkeypatch.setattr("benchmarks.peers.rows.find_model", lambda _name: Bundled)
    with pytest.raises(BenchmarkError, match="built with fake"):
        model_folder(current_manifest(StoreLayout(fake_store)))


@pytest.mark.parametrize(
    ("system", "path"),
    [
        (Khabar(HERE), "/v1/search?q=a+%26+b&k=10"),
        (Txtai(HERE, HERE, HERE), "/search?query=a+%26+b&limit=10"),
        (Chroma(HERE, HERE, HERE), "/search?query=a+%26+b&limit=10"),
    ],
)
def test_every_system_gets_a_search_for_ten_hits(system: System, path: str) -> None:
    assert system.path("a & b") == path


def test_ids_are_read_from_every_kind_of_answer() -> None:
    assert Khabar(HERE).hits({"hits": [{"paragraph": {"id": "a:1"}}]}) == ["a:1"]
    assert Txtai(HERE, HERE, HERE).hits([{"id": "a:1", "score": 1}]) == ["a:1"]


def test_everything_the_peers_need_is_pinned() -> None:
    lines = venv.REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines if not line.startswith("#"))
    assert {"txtai==9.14.0", "torch==2.13.0"} <= set(lines)


def test_versions_are_those_that_the_interpreter_has_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv, "_PACKAGES", {"txtai": ("faiss-cpu",), "chroma": ("chromadb",)})
    found = venv.installed_versions(Path(sys.executable), ["txtai"])
    assert found == {name: version(name) for name in ("faiss-cpu", "sentence-transformers", "torch", "uvicorn")}
