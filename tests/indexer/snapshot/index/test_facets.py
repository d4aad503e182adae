"""Values of fields and how many articles have them, by hand and against a plain reading."""

from collections import Counter
from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.columns import Columns
from indexer.snapshot.index.facets import Facet, FacetCounts, FacetValue
from tests.indexer.snapshot.index.test_filters import columns, rows_of

HAND_MADE = columns(
    ["en", "ar", "en", "en"],
    ["Post", "الضفة", "POST", None],
    [-1, 0, 86_399, None],  # a second before 1970, and two moments of its first day
    [2, 1, 3, 1],
    ["Sara Adel", None, "sara  adel", "SARA ADEL"],
    [["oil", "Oil"], ["نفط"], ["oil", "gas"], []],
)


def counted(facet: str, prefix: str = "", k: int | None = None, found: Columns = HAND_MADE) -> list[tuple[str, int]]:
    return pairs(FacetCounts(found, rows_of(found)).of_version(Facet(facet), prefix, k))


def pairs(values: tuple[FacetValue, ...]) -> list[tuple[str, int]]:
    return [(value.value, value.count) for value in values]


def test_values_of_a_version_are_those_of_articles_greatest_first() -> None:
    assert counted("source") == [("POST", 2), ("الضفة", 1)]  # of two spellings the first by text
    assert counted("tag") == [("oil", 2), ("gas", 1), ("نفط", 1)]  # an article counts once, and ties are in order
    assert counted("author") == [("SARA ADEL", 3)]
    assert counted("language") == [("en", 3), ("ar", 1)]
    assert counted("day") == [("1970-01-01", 2), ("1969-12-31", 1)]
    assert counted("month") == [("1970-01", 2), ("1969-12", 1)]


def test_prefixes_in_any_spelling_and_the_number_of_values() -> None:
    assert counted("source", "po") == [("POST", 2)]
    assert counted("source", "الضفه") == [("الضفة", 1)]
    assert counted("tag", k=2) == [("oil", 2), ("gas", 1)]
    assert counted("tag", "g", k=5) == [("gas", 1)]
    assert counted("month", "١٩٦٩") == [("1969-12", 1)]  # 1969 in Arabic-Indic digits
    assert counted("language", "AR") == [("ar", 1)]
    assert counted("author", "nobody") == []


def test_hidden_articles_do_not_count() -> None:
    counts = FacetCounts(HAND_MADE, rows_of(HAND_MADE), np.array([True, True, False, False]))
    assert pairs(counts.of_version(Facet.SOURCE)) == [("POST", 1)]
    assert pairs(counts.of_version(Facet.TAG)) == [("gas", 1), ("oil", 1)]
    assert pairs(counts.of_version(Facet.LANGUAGE)) == [("en", 2)]
    assert pairs(counts.of_version(Facet.DAY)) == [("1970-01-01", 1)]


def test_no_article_has_no_values() -> None:
    counts = FacetCounts(HAND_MADE, rows_of(HAND_MADE))
    nothing = np.empty(0, dtype=np.int64)
    for facet in set(Facet) - {Facet.LANGUAGE}:
        assert counts.among(facet, nothing, 5) == ()
        assert FacetCounts(HAND_MADE, rows_of(HAND_MADE), np.ones(4, dtype=np.bool_)).of_version(facet) == ()


def test_counts_of_a_version_are_made_once() -> None:
    counts = FacetCounts(HAND_MADE, rows_of(HAND_MADE))
    assert counts.of_version(Facet.TAG, "o") == counts.of_version(Facet.TAG, "O")
    assert counts._cached.cache_info().misses == 1


articles = st.lists(
    st.tuples(
        st.sampled_from(["en", "ar"]),
        st.sampled_from([None, "أ", "ا", "b", "B"]),
        st.none() | st.integers(-3_000_000, 3_000_000),
        st.integers(1, 3),
        st.sampled_from([None, "x", "y"]),
        st.lists(st.sampled_from(["t", "T", "u", "ة"]), max_size=3),
    ),
    min_size=1,
    max_size=25,
)


@given(articles=articles, rows=st.sets(st.integers(0, 24)), k=st.integers(1, 4))
def test_counts_are_those_of_a_plain_reading(
    articles: list[tuple[str, str | None, int | None, int, str | None, list[str]]], rows: set[int], k: int
) -> None:
    found = columns(*(list(field) for field in zip(*articles, strict=True)))
    some = sorted(row for row in rows if row < len(articles))
    counts = FacetCounts(found, rows_of(found))

    def folded(name: str) -> str:
        return name.lower().replace("أ", "ا").replace("ة", "ه")

    def shown(spellings: list[str]) -> dict[str, str]:
        frequent = sorted(Counter(spellings).items(), key=lambda item: (-item[1], item[0]), reverse=True)
        return {folded(name): name for name, _ in frequent}

    tags = shown([tag for article in articles for tag in article[5]])
    sources = shown([article[1] for article in articles if article[1]])
    values = {
        Facet.SOURCE: lambda a: {sources[folded(a[1])]} if a[1] else set(),
        Facet.AUTHOR: lambda a: {a[4]} - {None},
        Facet.TAG: lambda a: {tags[folded(tag)] for tag in a[5]},
        Facet.DAY: lambda a: set() if a[2] is None else {datetime.fromtimestamp(a[2], UTC).strftime("%Y-%m-%d")},
        Facet.MONTH: lambda a: set() if a[2] is None else {datetime.fromtimestamp(a[2], UTC).strftime("%Y-%m")},
        Facet.LANGUAGE: lambda a: {a[0]},
    }
    for facet, of in values.items():

        def best(chosen: list[int], of: object = of) -> list[tuple[str, int]]:
            assert callable(of)
            counter = Counter(value for row in chosen for value in of(articles[row]))
            return sorted(counter.items(), key=lambda item: (-item[1], item[0]))

        assert pairs(counts.of_version(facet, k=k)) == best(list(range(len(articles))))[:k]
        if facet is not Facet.LANGUAGE:
            assert pairs(counts.among(facet, np.array(some, dtype=np.int64), k)) == best(some)[:k]
