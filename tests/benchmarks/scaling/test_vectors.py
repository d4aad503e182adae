"""Files of vectors that khabar maps, and true neighbours that are computed during writing."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpora import synthetic_vectors
from benchmarks.corpora.synthetic_vectors import SyntheticVectors
from benchmarks.scaling import vectors
from benchmarks.scaling.vectors import BestCosines, chunks, collect, layout_of, read_queries, write_vectors
from indexer.snapshot.index.record import IndexRecord
from indexer.snapshot.index.vector_index import VectorIndex
from tests.benchmarks.corpora.test_synthetic_vectors import DIM, clustered
from tests.conftest import make_article
from tests.fakes import publish_fake_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "real.npy", clustered(300))
    np.save(tmp_path / "queries.npy", clustered(40, seed=1))
    np.save(tmp_path / "headlines.npy", clustered(5, seed=2))
    return tmp_path


def test_best_cosines_of_chunks_are_those_of_all_vectors() -> None:
    every, queries = clustered(500), clustered(20, seed=1)
    best = BestCosines(queries)
    for start in (0, 7, 300):  # the first one has fewer than ten
        best.add(every[start : {0: 7, 7: 300, 300: 500}[start]])
    cosines = queries @ every.T
    assert best.cosines == pytest.approx(-np.sort(-cosines, axis=1)[:, :10], abs=1e-5)


def test_written_vectors_are_mapped_as_an_index_of_khabar(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "CHUNK", 400)
    written = write_vectors(folder, 1_000, 0.5)
    index = VectorIndex.open(layout_of(folder, 1_000), IndexRecord.exact())
    every = np.concatenate(list(chunks(SyntheticVectors(np.load(folder / "real.npy"), 0.5), 1_000)))
    assert (index.size, index.dim) == (1_000, DIM)
    assert np.array_equal(index.vectors, every)
    queries, headlines = read_queries(folder, 1_000)
    assert (len(queries.vectors), len(headlines.vectors)) == (40, 5)
    tenth_best = [*queries.tenth_best, *headlines.tenth_best]
    for vector, least in zip((*queries.vectors, *headlines.vectors), tenth_best, strict=True):
        assert index.search(vector, 10)[1][-1] == pytest.approx(least, abs=1e-5)
    nearest = np.max(queries.vectors @ every.T, axis=1)
    assert written.query_median == pytest.approx(float(np.median(nearest)), abs=1e-4)


def test_chunks_make_up_the_size() -> None:
    drawn = SyntheticVectors(clustered(10), 0.5)
    assert [len(chunk) for chunk in chunks(drawn, synthetic_vectors.CHUNK + 5)] == [synthetic_vectors.CHUNK, 5]


def test_vectors_of_the_largest_language_and_headlines_of_all_are_collected(tmp_path: Path) -> None:
    words = ["treaty", "earthquake", "election", "moon", "canal", "russia", "morocco"]
    english = [
        make_article(
            f"e{n}", "en", f"Report {n} tells of the {words[n % 7]} and {words[n % 5]} and of things {n} times."
        )
        for n in range(30)
    ]
    arabic = make_article(
        "a", "ar", "زلزال قوي ضرب المغرب ليلا وخلف مئات القتلى في القرى الجبلية النائية", title="زلزال"
    )
    publish_fake_store(tmp_path / "store", [*english, arabic])
    source = collect(tmp_path / "store", tmp_path, 50)
    assert (source.language, source.real, source.headlines) == ("en", 27, 31)
    assert np.load(tmp_path / "real.npy").shape == (27, source.dim)
    assert np.load(tmp_path / "queries.npy").shape == (50, source.dim)
    assert np.load(tmp_path / "headlines.npy").shape == (31, source.dim)
