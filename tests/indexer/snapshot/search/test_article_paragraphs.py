"""How many paragraphs of an article match, and its best ones, against every cosine computed by itself."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.index import vector_index
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Group, Mode, Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.search.understand import understand
from tests.conftest import make_article
from tests.fakes import publish_fake_store

WORDS = ("treaty", "earthquake", "election", "moon", "canal", "russia", "bank", "storm", "strike", "museum")


@pytest.fixture(scope="module", params=["exact", "ivf-sq8"])
def long(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    rng = random.Random(8)
    articles = [
        make_article(
            f"{number:02d}",
            rng.choice(["en", "ar"]),
            *(" ".join(rng.choices(WORDS, k=11)) + "." for _ in range(rng.randint(1, 30))),
        )
        for number in range(40)
    ]
    root: Path = tmp_path_factory.mktemp(f"long-{request.param}")
    publish_fake_store(root, articles, kind=None if request.param == "exact" else request.param)
    with open_snapshot(root) as snapshot:
        yield snapshot


def all_scores(snapshot: Snapshot, word: str) -> dict[str, dict[str, float]]:
    """Return the score of every paragraph by article and paragraph id."""
    query = understand(snapshot, TextTarget(word, "en"))
    scores: dict[str, dict[str, float]] = {}
    for language, index in snapshot.index.indexes.items():
        for row, vector in zip(snapshot.index.rows[language].tolist(), index.vectors, strict=True):
            article, paragraph = snapshot.corpus.hits([ParagraphRow(row)])[0]
            score = float(vector @ query.vector) * snapshot.manifest.calibration.scale("en", language)
            scores.setdefault(article.id, {})[paragraph.id] = score
    return scores


@given(
    word=st.sampled_from(WORDS),
    n=st.integers(2, 20),
    group=st.sampled_from([Group.ARTICLE, Group.STORY]),
    languages=st.sampled_from([(), ("en",), ("ar",)]),
)
def test_paragraphs_are_the_best_of_the_article(
    long: Snapshot, word: str, n: int, group: Group, languages: tuple[str, ...]
) -> None:
    query = Query(
        TextTarget(word, "en"),
        25,
        group=group,
        filters=Filters(languages=languages),
        n_paragraphs=n,
        mode=Mode.SEMANTIC,
    )
    scores = all_scores(long, word)
    counts = long.manifest.counts.paragraphs_by_language
    for hit in search(long, query).hits:
        own = scores[hit.article.id]
        assert hit.paragraphs is not None
        assert hit.paragraphs[0].id == hit.paragraph.id
        assert hit.paragraphs[0].score == pytest.approx(hit.score, abs=2e-6)
        shown = [paragraph.score for paragraph in hit.paragraphs]
        assert shown == pytest.approx([own[paragraph.id] for paragraph in hit.paragraphs], abs=4e-6)
        assert len({paragraph.id for paragraph in hit.paragraphs}) == min(n, len(own))
        others = sorted((score for name, score in own.items() if name != hit.paragraph.id), reverse=True)
        assert shown[1:] == pytest.approx(others[: n - 1], abs=4e-6)
        if long.manifest.index["en"].kind == "exact":
            assert shown == sorted(shown, reverse=True)
        least = long.manifest.calibration.least_score(0.5, "en", hit.article.language, counts[hit.article.language])
        sure = sum(score >= least + 4e-6 for score in own.values())
        assert sure <= hit.matching_paragraphs <= sum(score >= least - 4e-6 for score in own.values())
        stored = long.article(hit.article.id)
        assert stored is not None
        texts = {paragraph.id: paragraph.text for paragraph in stored.paragraphs}
        assert all(texts[paragraph.id] == paragraph.text for paragraph in hit.paragraphs)


def test_the_first_paragraph_has_the_score_of_the_hit_when_words_count_too(long: Snapshot) -> None:
    for hit in search(long, Query(TextTarget("canal storm"), 25, n_paragraphs=3)).hits:
        assert hit.paragraphs is not None
        assert hit.paragraphs[0].id == hit.paragraph.id
        assert hit.paragraphs[0].score == pytest.approx(hit.score, abs=2e-6)


def test_matches_are_counted_whatever_a_hit_is(long: Snapshot) -> None:
    by_article = {
        hit.article.id: hit.matching_paragraphs for hit in search(long, Query(TextTarget("canal"), k=100)).hits
    }
    every = search(long, Query(TextTarget("canal"), k=10_000, group=Group.NONE)).hits
    assert max(by_article.values()) > 1
    assert all(hit.matching_paragraphs == by_article[hit.article.id] for hit in every)
    assert all(hit.paragraphs is None for hit in every)


def test_only_paragraphs_that_pass_are_counted_and_shown(long: Snapshot) -> None:
    """A search among some paragraphs, as alerts make it, leaves out the others of the same article."""
    rng = np.random.default_rng(3)
    among = {language: rng.random(len(rows)) < 0.5 for language, rows in long.index.rows.items()}
    ids = long.corpus.paragraph_ids()
    allowed = {ids[row] for language, rows in long.index.rows.items() for row in rows[among[language]].tolist()}
    every = {hit.article.id: hit for hit in search(long, Query(TextTarget("canal"), k=100, n_paragraphs=20)).hits}
    fewer = search(long, Query(TextTarget("canal"), k=100, n_paragraphs=20), among=among).hits
    for hit in fewer:
        assert hit.paragraphs is not None
        assert {paragraph.id for paragraph in hit.paragraphs} <= allowed
        assert hit.matching_paragraphs <= every[hit.article.id].matching_paragraphs
    assert any(hit.matching_paragraphs < every[hit.article.id].matching_paragraphs for hit in fewer)


def test_a_long_article_is_read_in_parts(long: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    query = Query(TextTarget("canal"), k=100, n_paragraphs=20)
    whole = search(long, query).hits
    monkeypatch.setattr(vector_index, "_VECTORS_AT_A_TIME", 3)
    assert search(long, query).hits == whole


def test_places_lead_back_from_rows(long: Snapshot) -> None:
    for language, rows in long.index.rows.items():
        assert long.index.places[rows].tolist() == list(range(len(long.index.indexes[language].vectors)))


@given(word=st.sampled_from(WORDS), k=st.integers(1, 10), offset=st.integers(0, 30))
def test_paragraphs_of_a_hit_do_not_depend_on_its_page(long: Snapshot, word: str, k: int, offset: int) -> None:
    query = Query(TextTarget(word, "en"), 100, n_paragraphs=4)
    whole = search(long, query).hits
    assert search(long, replace(query, k=k, offset=offset)).hits == whole[offset : offset + k]
