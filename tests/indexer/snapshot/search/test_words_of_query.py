"""What the words of a query do, against plain reading of every paragraph."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import FormatMismatch
from indexer.snapshot.index import bm25
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter
from indexer.snapshot.index.multilingual_index import PassingRows
from indexer.snapshot.index.vector_index import SCORE_DECIMALS, Mask
from indexer.snapshot.index.word_index import Window, WordMatches
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search import rerank
from indexer.snapshot.search import search as ranking
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import ArticleTarget, Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.rerank import FLOOR_STRENGTH, MOST_RERANKED, greatest_gain
from indexer.snapshot.search.search import search
from indexer.snapshot.search.understand import understand
from indexer.snapshot.search.words import read_words
from indexer.snapshot.text.query_syntax import read_query
from indexer.snapshot.text.word_forms import attached_forms, word_forms
from indexer.snapshot.text.words import words
from tests.conftest import make_article
from tests.fakes import publish_fake_store

ENGLISH = ("treaty", "earthquake", "elections", "moon", "canal", "storm", "strike", "museum", "match", "bank")
ARABIC = ("معاهدة", "زلزال", "الانتخابات", "القمر", "وقناة", "عاصفة", "بإضراب", "متحف", "مباراة", "بنك")


RARE = "sirocco"
"""A word that few paragraphs have; the others are common in this corpus."""


def random_articles(n: int) -> list[Article]:
    rng = random.Random(5)
    articles = []
    for number in range(n):
        language = rng.choice(["en", "ar"])
        vocabulary = ENGLISH if language == "en" else ARABIC
        paragraphs = [" ".join(rng.choices(vocabulary, k=11)) + "." for _ in range(rng.randint(1, 4))]
        if language == "en" and number % 15 == 0:
            paragraphs[0] = f"{paragraphs[0][:-1]} {RARE}."
        title = " ".join(rng.choices(vocabulary, k=2)) if rng.random() < 0.5 else None
        articles.append(make_article(f"{number:03d}", language, *paragraphs, title=title))
    return articles


@pytest.fixture(scope="module", params=["exact", "ivf-sq8"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp(f"words-{request.param}")
    publish_fake_store(root, random_articles(150), kind=None if request.param == "exact" else request.param)
    with open_snapshot(root) as snapshot:
        yield snapshot


def document(hit: Hit) -> list[list[str]]:
    """Return the folded words of a hit: those of its article's title, and its own."""
    return [[word.folded for word in words(text or "")] for text in (hit.article.title, hit.paragraph.text)]


def holds_any(hit: Hit, forms: tuple[str, ...]) -> bool:
    return any(word in forms for part in document(hit) for word in part)


def holds_phrase(hit: Hit, phrase: str) -> bool:
    first, *others = (word.folded for word in words(phrase))
    return any(
        part[at] in attached_forms(first) and part[at + 1 : at + 1 + len(others)] == others
        for part in document(hit)
        for at in range(len(part))
    )


def every_hit(snapshot: Snapshot, text: str, mode: Mode = Mode.HYBRID, filters: Filters | None = None) -> list[Hit]:
    query = Query(TextTarget(text), k=10_000, group=Group.NONE, filters=filters or Filters(), mode=mode)
    return list(search(snapshot, query).hits)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("phrase", ["moon canal", "القمر وقناة", "إضراب متحف", "المتحف مباراة"])
def test_a_quoted_phrase_holds_in_every_mode(many: Snapshot, mode: Mode, phrase: str) -> None:
    found = every_hit(many, f'"{phrase}"', mode)
    expected = {hit.paragraph.id for hit in every_hit(many, "moon", Mode.SEMANTIC) if holds_phrase(hit, phrase)}
    assert {hit.paragraph.id for hit in found} == expected
    assert bool(expected) is (phrase != "المتحف مباراة")


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.HYBRID])
@pytest.mark.parametrize("word", ["canals", "election", "قناه", "الزلزال", "unknown"])
def test_no_hit_holds_an_excluded_word_in_any_form(many: Snapshot, mode: Mode, word: str) -> None:
    found = every_hit(many, f"moon -{word}", mode)
    (folded,) = words(word)
    all_hits = every_hit(many, "moon", Mode.SEMANTIC)
    expected = {hit.paragraph.id for hit in all_hits if not holds_any(hit, word_forms(folded.folded))}
    assert {hit.paragraph.id for hit in found} == expected
    assert (len(expected) == len(all_hits)) is (word == "unknown")


@pytest.mark.parametrize("text", ["moon strikes", "اضراب قمر", "moon unknown", "canal"])
def test_every_hit_holds_every_word_in_exact_mode(many: Snapshot, text: str) -> None:
    found = every_hit(many, text, Mode.EXACT)
    expected = {
        hit.paragraph.id
        for hit in every_hit(many, "moon", Mode.SEMANTIC)
        if all(holds_any(hit, word_forms(word.folded)) for word in words(text))
    }
    assert {hit.paragraph.id for hit in found} == expected
    assert bool(expected) is ("unknown" not in text)


def test_a_query_without_words_finds_nothing_exactly(many: Snapshot) -> None:
    assert every_hit(many, "+++", Mode.EXACT) == []
    assert every_hit(many, "+++", Mode.HYBRID)


texts = st.lists(st.sampled_from([*ENGLISH, *ARABIC, RARE, "unknown"]), min_size=1, max_size=3).map(" ".join)


# With the second relevance, the floor is higher than most scores of these paragraphs.
@given(texts, st.sampled_from([(), ("en",), ("ar",)]), st.sampled_from([0.99, 1 - 1e-9]))
def test_words_move_paragraphs_within_their_language_and_raise_the_first_to_a_floor(
    many: Snapshot, text: str, languages: tuple[str, ...], relevance: float
) -> None:
    filters = Filters(languages=languages)
    by_meaning = every_hit(many, text, Mode.SEMANTIC, filters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "FLOOR_RELEVANCE", relevance)
        by_both = every_hit(many, text, Mode.HYBRID, filters)
    assert {hit.paragraph.id for hit in by_meaning} == {hit.paragraph.id for hit in by_both}
    query = understand(many, TextTarget(text))
    calibration = many.manifest.calibration.of(query.length)
    assert query.evidence.matches is not None
    ids = many.corpus.paragraph_ids()
    n_paragraphs = many.manifest.counts.paragraphs_by_language
    floor = max(
        calibration.least_score(relevance, query.language, language, n_paragraphs[language])
        for language in languages or n_paragraphs
    )
    for language in n_paragraphs:
        scores, found = (
            [hit.score for hit in hits if hit.paragraph.language == language] for hits in (by_meaning, by_both)
        )
        rows = [ids.index(hit.paragraph.id) for hit in by_both if hit.paragraph.language == language]
        first = np.array(rows[:1], dtype=np.int64)
        matches = query.evidence.matches
        if (matches.are_complete(first) & (matches.of(first) >= FLOOR_STRENGTH)).any():
            scores[0] = max(scores[0], floor)
        assert found == pytest.approx(scores, abs=2e-6)


def test_a_name_comes_before_a_score_of_another_language_that_may_be_chance(many: Snapshot) -> None:
    holders = [hit for hit in every_hit(many, RARE) if holds_any(hit, (RARE,))]
    nearer = [hit for hit in every_hit(many, RARE, Mode.SEMANTIC) if hit.paragraph.language == "ar"][:20]
    assert {hit.paragraph.language for hit in holders} == {"en"}
    assert nearer[0].score > min(hit.score for hit in every_hit(many, RARE, Mode.SEMANTIC) if holds_any(hit, (RARE,)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ranking, "FLOOR_RELEVANCE", many.manifest.calibration.relevance(nearer[0].score + 0.01, "en", "ar", 200)
        )
        patch.setattr(rerank, "FLOOR_STRENGTH", 0.3)
        assert holds_any(every_hit(many, RARE)[0], (RARE,))
        patch.setattr(rerank, "FLOOR_STRENGTH", 1.1)  # then no match is strong enough
        assert every_hit(many, RARE)[0].score == nearer[0].score


def test_a_number_alone_is_no_match_in_another_language() -> None:
    writer = LexicalIndexWriter()
    for text in ("the storm of 2016", "the calm of 2016", "قمة 2016", "storm 2016 عاصفة", "قمة"):
        writer.add(None, text)
    index, in_other = writer.finish(), np.array([False, False, True, True, True])

    def matching(text: str, others: Mask | None = in_other) -> list[int]:
        matches = read_words(index, read_query(text), Mode.HYBRID, lambda: others).matches
        assert matches is not None
        found: list[int] = np.flatnonzero(matches.of(np.arange(5))).tolist()
        return found

    assert matching("storm 2016") == matching("storm ٢٠١٦") == [0, 1, 3]
    assert matching("storm 2016", None) == [0, 1, 2, 3]
    assert matching("2016") == [0, 1, 2, 3]
    assert matching("storm") == [0, 3]


@given(texts)
def test_the_order_is_that_of_cosine_and_strength_together(many: Snapshot, text: str) -> None:
    query = understand(many, TextTarget(text))
    matches = query.evidence.matches
    assert matches is not None
    gain = greatest_gain(query.length, many.manifest.calibration.of(query.length).level("en", "en"))
    for language, rows in many.index.rows.items():
        index = many.index.indexes[language]
        if index.first_tier < len(rows):  # what lies behind the window keeps the order by meaning
            continue
        keys = np.round(np.round(index.vectors @ query.vector, 6) + gain * matches.of(rows), 5)
        found = every_hit(many, text, filters=Filters(languages=(language,)))
        key_of = dict(zip(np.array(many.corpus.paragraph_ids())[rows].tolist(), keys.tolist(), strict=True))
        in_order = [key_of[hit.paragraph.id] for hit in found]
        assert all(later <= earlier + 2e-5 for earlier, later in pairwise(in_order))


@given(texts, st.integers(0, 60), st.integers(1, 30), st.sampled_from(Mode), st.sampled_from(Group))
def test_pages_are_cut_from_one_ranking(
    many: Snapshot, text: str, offset: int, k: int, mode: Mode, group: Group
) -> None:
    whole = search(many, Query(TextTarget(text), k=10_000, group=group, mode=mode)).hits
    page = search(many, Query(TextTarget(text), k=k, offset=offset, group=group, mode=mode)).hits
    assert [hit.paragraph.id for hit in page] == [hit.paragraph.id for hit in whole[offset : offset + k]]


def test_a_small_window_keeps_the_order_by_meaning_behind_it(many: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_RERANKED > 100
    monkeypatch.setattr(rerank, "MOST_RERANKED", 5)
    found = [hit.paragraph.id for hit in every_hit(many, "storm", filters=Filters(languages=("en",)))]
    by_meaning = [
        hit.paragraph.id for hit in every_hit(many, "storm", Mode.SEMANTIC, filters=Filters(languages=("en",)))
    ]
    behind = [one for one in by_meaning[5:] if one in found[10:]]
    assert found[10:] == behind
    assert len(found) == len(set(found)) == len(by_meaning)


def others_of(snapshot: Snapshot, matches: WordMatches, mask: Mask | None, n: int) -> list[int]:
    """Return the strongest matches in English, in a window that nothing is near to."""
    nothing = np.empty(0, dtype=np.int64)
    window = Window(nothing, PassingRows(snapshot.index, "en", mask), n)
    (found,) = matches.windows([window], snapshot.index.indexes["en"].vectors[0])
    others: list[int] = found.others.tolist()
    return others


@pytest.mark.parametrize("few", [0, bm25._FEW])
@pytest.mark.parametrize("masked", [False, True])
def test_the_strongest_matches_of_a_language_are_those_of_sorting_all(
    many: Snapshot, monkeypatch: pytest.MonkeyPatch, few: int, *, masked: bool
) -> None:
    assert many.lexical is not None
    monkeypatch.setattr(bm25, "_FEW", few)
    matches = many.lexical.matches(many.lexical.look_up([(RARE,), ("storm",), ("bank",), ("متحف",)]))
    rng = np.random.default_rng(7)
    rows_of_language = many.index.rows["en"]
    mask = rng.random(len(rows_of_language)) < 0.5 if masked else None
    passing = rows_of_language if mask is None else rows_of_language[mask]
    strength_of = dict(zip(passing.tolist(), matches.of(passing).round(SCORE_DECIMALS).tolist(), strict=True))
    matching = [row for row in passing.tolist() if strength_of[row] > 0]
    assert len(matching) > 60
    for n in (1, 3, 5, 6, 12, 1_000):
        expected = sorted(sorted(matching, key=lambda row: (-strength_of[row], row))[:n])
        assert others_of(many, matches, mask, n) == expected


def test_a_version_without_a_lexical_index_is_searched_by_meaning(many: Snapshot) -> None:
    old = replace(many, lexical=None)
    result = search(old, Query(TextTarget("moon canal")))
    assert result.mode is Mode.SEMANTIC
    assert result.hits == search(many, Query(TextTarget("moon canal"), mode=Mode.SEMANTIC)).hits
    assert result.warnings == ()
    for text in ('"moon canal"', "moon -canal"):
        ignored = search(old, Query(TextTarget(text)))
        assert len(ignored.hits) == 10
        assert "quotes and exclusions mean nothing" in ignored.warnings[0]
    with pytest.raises(FormatMismatch, match="rebuild it with"):
        search(old, Query(TextTarget("moon"), mode=Mode.EXACT))


@pytest.mark.parametrize(("text", "mode"), [('"moon canal"', Mode.HYBRID), ("القمر", Mode.EXACT)])
def test_everything_that_a_phrase_or_the_exact_mode_finds_is_relevant(many: Snapshot, text: str, mode: Mode) -> None:
    query = Query(TextTarget(text), k=1_000, mode=mode, facets=(Facet.LANGUAGE,))
    found = search(many, query)
    assert len(found.hits) > 3
    for sort in (Sort.NEWEST, Sort.BLEND):
        other = search(many, replace(query, sort=sort)).hits
        assert {hit.article.id for hit in other} == {hit.article.id for hit in found.hits}
    assert sum(value.count for value in found.facets[Facet.LANGUAGE]) == len(found.hits)
    every = every_hit(many, text, mode)
    for hit in found.hits:
        assert hit.matching_paragraphs == sum(one.article.id == hit.article.id for one in every)


def test_running_text_with_signs_has_a_warning(many: Snapshot) -> None:
    text = " ".join(ENGLISH) + ' storm strike museum "moon canal"'
    assert "more than 12 words" in search(many, Query(TextTarget(text))).warnings[0]


def test_a_hit_names_no_copy_and_no_report_that_has_an_excluded_word(tmp_path: Path) -> None:
    moon = "The moon is bright tonight, say those who look at it from the tower."
    articles = [
        make_article("a", "en", moon),
        make_article("b", "en", f"{moon} Clouds come.", "The canal is closed for a week, and many ships wait for it."),
        make_article("c", "ar", "القمر مضيء الليلة كما يقول الذين ينظرون إليه من البرج"),
        make_article("d", "ar", "القناة مغلقة والقمر مضيء كما يقول الذين ينظرون إليه من البرج"),
    ]
    publish_fake_store(tmp_path, articles, events=[("a", "c", "d")])
    with open_snapshot(tmp_path) as snapshot:

        def also_reported(text: str) -> list[str]:
            hits = search(snapshot, Query(TextTarget(text))).hits
            (first,) = (hit for hit in hits if hit.article.id == "a")
            return [article.id for article in first.also_reported]

        assert also_reported("moon") == ["c", "d"]
        assert also_reported("moon -القناة") == ["c"]
        similar = search(snapshot, Query(ArticleTarget("c"))).hits
        assert all(article.id != "c" for hit in similar for article in hit.also_reported)
        assert {hit.article.id for hit in similar} == {"a", "b", "d"}


def test_languages_that_a_phrase_leaves_out_are_named(many: Snapshot) -> None:
    def warnings(text: str, *languages: str) -> tuple[str, ...]:
        return search(many, Query(TextTarget(text), filters=Filters(languages=languages))).warnings

    assert warnings(f'"{RARE}"') == (
        "q: no paragraph in ar has the words in quotes; without quotes, it is searched too",
    )
    assert warnings(f'"{RARE}"', "ar") == warnings(f'"{RARE}"')
    assert warnings(f'"{RARE}"', "en") == warnings(RARE) == warnings(f"canal -{RARE}") == ()
    assert warnings('"nowhere to be found"') == ()  # it has no hits, which says enough
