"""Options of Python as parameters of requests."""

from datetime import UTC, date, datetime
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.snapshot.search.name_lists import read_names
from search_api.client.options import SearchOptions, wire_values
from search_api.schemas.request import SearchParameters


def test_options_are_the_parameters_of_the_service() -> None:
    """A method has one format."""
    assert {*SearchOptions.__annotations__, "format"} == set(SearchParameters.model_fields)


@pytest.mark.parametrize("name", list(SearchOptions.__annotations__))
def test_options_take_what_the_service_takes(name: str) -> None:
    """Texts that the service checks may be given as something else as well."""
    taken = get_type_hints(SearchOptions)[name].__args__
    default = SearchParameters.model_fields[name].default
    assert any(isinstance(default, one) for one in taken if isinstance(one, type)), taken


def test_none_is_left_out_and_falsehood_is_not() -> None:
    assert wire_values({"k": None, "highlight": False, "offset": 0, "language": ""}) == {
        "highlight": False,
        "offset": 0,
        "language": "",
    }


def test_dates_and_lists() -> None:
    options = {
        "published_from": date(2025, 4, 21),
        "published_to": datetime(2025, 4, 21, 9, 30, tzinfo=UTC),
        "language": ["en", "ar"],
        "source": ("Post, The", "-الأهرام", '-The "Post", daily'),
    }
    assert wire_values(options) == {
        "published_from": "2025-04-21",
        "published_to": "2025-04-21T09:30:00+00:00",
        "language": "en,ar",
        "source": '"Post, The",-الأهرام,-"The ""Post"", daily"',
    }
    assert SearchParameters.model_validate(wire_values(options)).filters.excluded_sources == (
        "الأهرام",
        'The "Post", daily',
    )


def test_what_is_no_value_is_said() -> None:
    with pytest.raises(TypeError, match="no value of a parameter"):
        wire_values({"source": object()})


def is_name(name: str) -> bool:
    return name == " ".join(name.split()) and not name.startswith("-") and any(char.isalpha() for char in name)


@given(st.lists(st.tuples(st.booleans(), st.text('aب ,"-', min_size=1, max_size=8).filter(is_name)), min_size=1))
def test_names_arrive_as_they_are(given_names: list[tuple[bool, str]]) -> None:
    given_names = given_names[:32]
    listed = [f"-{name}" if is_excluded else name for is_excluded, name in given_names]
    read = read_names(str(wire_values({"source": listed})["source"]))
    assert read.excluded == tuple(name for is_excluded, name in given_names if is_excluded)
    assert read.included == tuple(name for is_excluded, name in given_names if not is_excluded)
