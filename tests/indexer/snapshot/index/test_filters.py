"""Masks of filters on hand-made columns, and against a plain re-reading on random ones."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.content.article import PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, Columns
from indexer.snapshot.index.filters import FilterMasks, Filters
from indexer.snapshot.index.vector_index import Rows

DAY = 86_400
MAY_14 = PublicationTime.parse("2024-05-14")


def columns(
    languages: list[str], sources: list[str | None], timestamps: list[int | None], paragraphs: list[int]
) -> Columns:
    """Return columns of articles, given one by one, with so many paragraphs each."""
    language_names, source_names = sorted(set(languages)), sorted({name for name in sources if name})
    codes = np.array([language_names.index(name) for name in languages], dtype=np.int32)
    return Columns(
        article_of_paragraph=np.repeat(np.arange(len(languages), dtype=np.int32), paragraphs),
        paragraph_language=np.repeat(codes, paragraphs),
        language=codes,
        source=np.array([source_names.index(name) if name else -1 for name in sources], dtype=np.int32),
        timestamp=np.array([NO_TIMESTAMP if t is None else t for t in timestamps], dtype=np.int64),
        story=np.arange(len(languages), dtype=np.int32),
        event=np.arange(len(languages), dtype=np.int32),
        languages=tuple(language_names),
        sources=tuple(source_names),
    )


def rows_of(found: Columns) -> dict[str, Rows]:
    return {name: np.flatnonzero(found.paragraph_language == code) for code, name in enumerate(found.languages)}


# Arabic with 2 paragraphs, English with 1, English with 3 and without a date
HAND_MADE = columns(
    ["ar", "en", "en"], ["Post", None, "Ledger"], [MAY_14.timestamp, MAY_14.timestamp + DAY, None], [2, 1, 3]
)


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
