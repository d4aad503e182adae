"""Several languages' indexes ranked as one, against brute force."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.index.multilingual_index import LanguageMasks, MultilingualIndex
from indexer.snapshot.index.vector_index import Mask, VectorIndex, open_vectors, save_vectors
from indexer.snapshot.layout import ShardLayout
from indexer.snapshot.search.candidates import find_candidates
from indexer.snapshot.search.fuse import Scale, fuse
from indexer.snapshot.search.order import Ranking, order
from indexer.vectors.index_choice import build_indexes
from tests.fakes import index_as

DIM = 12
SCALES = {"ar": 1.3, "en": 0.8, "fr": 1.0}


def random_vectors(n: int, seed: int) -> FloatArray:
    return unit(np.random.default_rng(seed).normal(size=(n, DIM)))


LANGUAGES = np.array(["en", "ar", "en", "fr", "ar"] * 60)
VECTORS = random_vectors(len(LANGUAGES), seed=1)
VECTORS[200:] = VECTORS[:100]  # ties, within and across languages
INDEXES = build_indexes(VECTORS, LANGUAGES, random_vectors(20, seed=2))
EXACT = MultilingualIndex(INDEXES, LANGUAGES)
LISTS = MultilingualIndex(
    {name: index_as("ivf-sq8", VECTORS[name == LANGUAGES], random_vectors(60, seed=2)) for name in SCALES}, LANGUAGES
)


def rank(
    index: MultilingualIndex,
    query: FloatArray,
    k: int,
    scale: Scale = SCALES.__getitem__,
    allowed: LanguageMasks | None = None,
) -> Ranking:
    """Run the stages that make one ranking of several languages."""
    return order(fuse(find_candidates(index, query, k, allowed), scale), k)


def brute_force(query: FloatArray, allowed: Mask | None = None) -> list[int]:
    cosines = np.round((VECTORS @ query).astype(np.float64), 6)
    scores = cosines * np.array([SCALES[language] for language in LANGUAGES])
    rows = range(len(LANGUAGES)) if allowed is None else np.flatnonzero(allowed).tolist()
    return sorted(rows, key=lambda row: (-round(scores[row], 9), row))


def masks(allowed: Mask) -> LanguageMasks:
    """Return a mask over all rows as one for each language that has any."""
    by_language = {language: allowed[language == LANGUAGES] for language in SCALES}
    return {language: mask for language, mask in by_language.items() if mask.any()}


@given(seed=st.integers(10, 10_000), k=st.integers(1, 300), share=st.sampled_from([None, 0.02, 0.3, 0.9]))
def test_exact_indexes_rank_as_brute_force_does(seed: int, k: int, share: float | None) -> None:
    query = random_vectors(1, seed)[0]
    allowed = None if share is None else np.random.default_rng(seed).random(len(LANGUAGES)) < share
    ranking = rank(EXACT, query, k, allowed=None if allowed is None else masks(allowed))
    rows, scores = ranking.rows, ranking.scores
    expected = brute_force(query, allowed)[:k]
    # Scores decide, not rows: two languages' scores may be nearer than the rounding of either side.
    own = [SCALES[LANGUAGES[row]] * float(VECTORS[row] @ query) for row in rows]
    assert scores.tolist() == pytest.approx(own, abs=2e-6)
    assert own == pytest.approx([SCALES[LANGUAGES[row]] * float(VECTORS[row] @ query) for row in expected], abs=4e-6)
    assert len(set(rows.tolist())) == len(expected)
    assert allowed is None or allowed[rows].all()


@pytest.mark.parametrize("index", [EXACT, LISTS], ids=["exact", "approximate"])
def test_short_rankings_are_beginnings_of_long_ones(index: MultilingualIndex) -> None:
    query = random_vectors(1, seed=3)[0]
    whole = rank(index, query, 300).rows.tolist()
    assert sorted(whole) == list(range(300))
    for k in (1, 2, 7, 50, 299):
        assert rank(index, query, k).rows.tolist() == whole[:k]


def test_scale_decides_between_languages() -> None:
    query = random_vectors(1, seed=4)[0]
    favoured = rank(EXACT, query, 5, lambda language: 100.0 if language == "fr" else 1.0).rows
    assert {LANGUAGES[row] for row in favoured} == {"fr"}


def test_nothing_allowed_gives_nothing() -> None:
    ranking = rank(EXACT, VECTORS[0], 5, allowed={})
    assert ranking.rows.shape == ranking.scores.shape == (0,)


def test_saved_indexes_answer_alike(tmp_path: Path) -> None:
    layout = ShardLayout(tmp_path)
    written = save_vectors(INDEXES, layout)
    assert [path.parent.name for path in written] == ["ar", "en", "fr"]
    opened = open_vectors(layout, EXACT.records, dim=VECTORS.shape[1])
    query = random_vectors(1, seed=5)[0]
    found = rank(MultilingualIndex(opened, LANGUAGES), query, 20).rows
    assert found.tolist() == rank(EXACT, query, 20).rows.tolist()


def test_index_of_other_size_than_the_corpus_is_refused() -> None:
    only_arabic = {"ar": VectorIndex.exact(VECTORS[LANGUAGES == "ar"])}
    with pytest.raises(ValueError, match="300 paragraphs"):
        MultilingualIndex(only_arabic, LANGUAGES)
    with pytest.raises(ValueError, match="299 paragraphs"):
        MultilingualIndex(only_arabic, LANGUAGES[:-1])
