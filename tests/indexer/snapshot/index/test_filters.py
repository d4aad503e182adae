"""Masks of filters on hand-made columns, and against a plain re-reading on random ones."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, CodeLists, Columns
from indexer.snapshot.content.names import coded
from indexer.snapshot.index.filters import FilterMasks, Filters
from indexer.snapshot.index.vector_index import Rows

DAY = 86_400
MAY_14 = PublicationTime.parse("2024-05-14")


def columns(
    languages: list[str],
    sources: list[str | None],
    timestamps: list[int | None],
    paragraphs: list[int],
    authors: Sequence[str | None] | None = None,
    tags: Sequence[Sequence[str]] | None = None,
) -> Columns:
    """Return columns of articles, given one by one, with so many paragraphs each."""
    language_names = sorted(set(languages))
    source, source_names = coded(sources)
    author, author_names = coded(authors or [None] * len(languages))
    tag_lists = tags or [()] * len(languages)
    tag, tag_names = coded(name for names in tag_lists for name in names)
    codes = np.array([language_names.index(name) for name in languages], dtype=np.int32)
    return Columns(
        article_of_paragraph=np.repeat(np.arange(len(languages), dtype=np.int32), paragraphs),
        paragraph_language=np.repeat(codes, paragraphs),
        language=codes,
        source=source,
        timestamp=np.array([NO_TIMESTAMP if t is None else t for t in timestamps], dtype=np.int64),
        story=np.arange(len(languages), dtype=np.int32),
        event=np.arange(len(languages), dtype=np.int32),
        languages=tuple(language_names),
        sources=source_names,
        author=author,
        authors=author_names,
        tag=CodeLists.of(np.array([len(names) for names in tag_lists], dtype=np.int64), tag),
        tags=tag_names,
    )


def rows_of(found: Columns) -> dict[str, Rows]:
    return {name: np.flatnonzero(found.paragraph_language == code) for code, name in enumerate(found.languages)}


# Arabic with 2 paragraphs, English with 1, English with 3 and without a date
HAND_MADE = columns(
    ["ar", "en", "en"], ["Post", None, "Ledger"], [MAY_14.timestamp, MAY_14.timestamp + DAY, None], [2, 1, 3]
)


# Four English articles of one paragraph each.
NAMED = columns(
    ["en"] * 4,
    ["Post", "Ledger", None, "POST"],
    [None] * 4,
    [1] * 4,
    ["Sara Adel", None, "سارة عادل", "sara adel"],
    [["oil", "Gulf"], [], ["OIL"], ["غاز", "الخليج"]],
)


def named(**filters: tuple[str, ...]) -> list[bool]:
    found = FilterMasks(NAMED, rows_of(NAMED)).passing(Filters(**filters))  # type: ignore[arg-type]
    assert found is not None
    return [bool(passes) for passes in found.masks.get("en", np.zeros(4, dtype=np.bool_))]


def test_tags_and_authors_pass_in_any_spelling() -> None:
    assert named(tags=("Oil",)) == [True, False, True, False]
    assert named(tags=("gulf", "غـاز")) == [True, False, False, True]
    assert named(authors=("SARA  ADEL",)) == [True, False, False, True]
    assert named(authors=("ساره عادل",)) == [False, False, True, False]  # heh for teh marbuta
    assert named(tags=("unknown",)) == [False] * 4


def test_what_is_excluded_does_not_pass_and_articles_without_a_value_do() -> None:
    assert named(excluded_sources=("post",)) == [False, True, True, False]
    assert named(excluded_tags=("oil",)) == [False, True, False, True]
    assert named(excluded_authors=("Sara Adel", "سارة عادل")) == [False, True, False, False]
    assert named(excluded_tags=("unknown",)) == [True] * 4


def test_all_fields_must_hold_together() -> None:
    assert named(sources=("Post",), tags=("oil",)) == [True, False, False, False]
    assert named(sources=("Post",), excluded_tags=("oil",)) == [False, False, False, True]
    assert named(tags=("oil",), excluded_tags=("gulf",)) == [False, False, True, False]
    assert named(tags=("oil",), excluded_tags=("oil",)) == [False] * 4


def test_unknown_names_are_named_wanted_or_not() -> None:
    masks = FilterMasks(NAMED, rows_of(NAMED))
    filters = Filters(("fr",), ("Posst", "post"), tags=("gaz",), authors=("Sara",), excluded_tags=("OIL", "coal"))
    assert masks.warnings(filters) == (
        "language: no paragraph is in 'fr'",
        "source: no article has 'Posst'",
        "tag: no article has 'gaz'",
        "tag: no article has 'coal'",
        "author: no article has 'Sara'",
    )


def test_dates_without_articles_are_told() -> None:
    masks = FilterMasks(HAND_MADE, rows_of(HAND_MADE))
    left_out = "1 articles have no date, and are left out"
    assert masks.warnings(Filters(published_from=MAY_14)) == (f"published_from: {left_out}",)
    assert masks.warnings(Filters(published_to=MAY_14)) == (f"published_to: {left_out}",)
    later, earlier = PublicationTime.parse("2024-05-16"), PublicationTime.parse("2024-05-13")
    assert masks.warnings(Filters(published_from=later)) == (
        f"published_from: {left_out}",
        "published_from: the latest article is of 2024-05-15",
    )
    assert masks.warnings(Filters(published_to=earlier)) == (
        f"published_to: {left_out}",
        "published_to: the earliest article is of 2024-05-14",
    )
    taken_down = FilterMasks(HAND_MADE, rows_of(HAND_MADE), hidden=np.array([False, True, True]))
    assert taken_down.warnings(Filters(published_from=later)) == (
        "published_from: the latest article is of 2024-05-14",
    )
    dated = columns(["en"] * 20, [None] * 20, [*[MAY_14.timestamp] * 19, None], [1] * 20)
    assert FilterMasks(dated, rows_of(dated)).warnings(Filters(published_from=MAY_14)) == ()  # hardly any is left out


def allowed(filters: Filters) -> Mapping[str, list[bool]] | None:
    found = FilterMasks(HAND_MADE, rows_of(HAND_MADE)).passing(filters)
    return None if found is None else {language: mask.tolist() for language, mask in found.masks.items()}


def test_without_filters_there_is_no_mask() -> None:
    assert allowed(Filters()) is None


def test_masks_are_in_the_order_of_each_languages_own_paragraphs() -> None:
    assert allowed(Filters(sources=("Ledger",))) == {"en": [False, True, True, True]}
    assert allowed(Filters(sources=("Post", "Ledger"))) == {"ar": [True, True], "en": [False, True, True, True]}


def test_language_without_any_match_has_no_mask() -> None:
    assert allowed(Filters(languages=("ar",))) == {"ar": [True, True]}
    assert allowed(Filters(languages=("fr",))) == {}
    assert allowed(Filters(languages=("ar",), sources=("Ledger",))) == {}


def test_a_day_holds_to_its_end_and_articles_without_a_date_are_left_out() -> None:
    assert allowed(Filters(published_from=MAY_14, published_to=MAY_14)) == {"ar": [True, True]}
    assert allowed(Filters(published_from=MAY_14)) == {"ar": [True, True], "en": [True, False, False, False]}


def test_same_filter_is_computed_once() -> None:
    masks = FilterMasks(HAND_MADE, rows_of(HAND_MADE))
    assert masks.passing(Filters(sources=("Post",))) is masks.passing(Filters(sources=("Post",)))


@given(
    articles=st.lists(
        st.tuples(
            st.sampled_from(["en", "ar", "fr"]),
            st.sampled_from([None, "A", "B"]),
            st.none() | st.integers(-5, 5),
            st.integers(1, 4),
        ),
        min_size=1,
        max_size=30,
    ),
    languages=st.lists(st.sampled_from(["en", "ar", "fr", "de"]), max_size=2).map(tuple),
    sources=st.lists(st.sampled_from(["A", "B", "C"]), max_size=2).map(tuple),
    first=st.none() | st.integers(-5, 5),
    last=st.none() | st.integers(-5, 5),
)
def test_random_filters_pass_what_a_plain_reading_passes(
    articles: list[tuple[str, str | None, int | None, int]],
    languages: tuple[str, ...],
    sources: tuple[str, ...],
    first: int | None,
    last: int | None,
) -> None:
    found = columns(
        [a[0] for a in articles],
        [a[1] for a in articles],
        [None if a[2] is None else a[2] * DAY for a in articles],
        [a[3] for a in articles],
    )
    filters = Filters(
        languages,
        sources,
        None if first is None else PublicationTime("1970-01-01T00:00:00Z", first * DAY),
        None if last is None else PublicationTime("1970-01-01T00:00:00Z", last * DAY),
    )

    def passes(article: tuple[str, str | None, int | None, int]) -> bool:
        language, source, day, _ = article
        if (languages and language not in languages) or (sources and source not in sources):
            return False
        if first is None and last is None:
            return True
        return day is not None and (first is None or day >= first) and (last is None or day <= last)

    expected = np.repeat([passes(article) for article in articles], [a[3] for a in articles])
    rows = rows_of(found)
    result = FilterMasks(found, rows).passing(filters)
    if result is None:
        assert expected.all()
        return
    got = np.zeros(len(expected), dtype=np.bool_)
    for language, mask in result.masks.items():
        got[rows[language]] = mask
    assert got.tolist() == expected.tolist()
    assert result.n_paragraphs == int(expected.sum())


some_names = st.lists(st.sampled_from(["A", "b", "C"]), max_size=2).map(tuple)
named_articles = st.tuples(
    st.sampled_from([None, "a", "A", "B"]),
    st.sampled_from([None, "a", "B"]),
    st.lists(st.sampled_from(["a", "A", "B", "c"]), max_size=3),
)


@given(
    articles=st.lists(named_articles, min_size=1, max_size=20),
    hidden=st.sets(st.integers(0, 19)),
    filters=st.builds(
        Filters,
        sources=some_names,
        tags=some_names,
        authors=some_names,
        excluded_sources=some_names,
        excluded_tags=some_names,
        excluded_authors=some_names,
    ),
    rows=st.lists(st.integers(0, 19), max_size=20),
)
def test_random_names_pass_what_a_plain_reading_passes(
    articles: list[tuple[str | None, str | None, list[str]]], hidden: set[int], filters: Filters, rows: list[int]
) -> None:
    n = len(articles)
    sources, authors, tags = zip(*articles, strict=True)
    found = columns(["en"] * n, list(sources), [None] * n, [1] * n, authors, tags)
    masks = FilterMasks(found, rows_of(found), np.array([row in hidden for row in range(n)]))

    def fits(values: list[str | None], included: tuple[str, ...], excluded: tuple[str, ...]) -> bool:
        lowered = {value.lower() for value in values if value}
        wanted = not included or any(name.lower() in lowered for name in included)
        return wanted and not any(name.lower() in lowered for name in excluded)

    expected = [
        row not in hidden
        and fits([source], filters.sources, filters.excluded_sources)
        and fits([author], filters.authors, filters.excluded_authors)
        and fits([*its_tags], filters.tags, filters.excluded_tags)
        for row, (source, author, its_tags) in enumerate(articles)
    ]
    passing = masks.passing(filters)
    assert passing is not None
    assert passing.masks.get("en", np.zeros(n, dtype=np.bool_)).tolist() == expected
    some = np.array([row for row in rows if row < n], dtype=np.int64)
    assert masks.passing_articles(filters, some).tolist() == [expected[row] for row in some.tolist()]
