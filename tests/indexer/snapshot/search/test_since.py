"""Time spans that end now, and the fields that have them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from indexer.snapshot.search import fields
from indexer.snapshot.search.fields import SearchFields
from indexer.snapshot.search.since import beginning, read_span

NOW = datetime(2025, 4, 21, 9, 30, 59, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("1h", "2025-04-21T08:30:00Z"),
        ("24h", "2025-04-20T09:00:00Z"),
        ("23h", "2025-04-20T10:30:00Z"),
        ("7d", "2025-04-14T09:00:00Z"),
        (" 3w ", "2025-03-31T09:00:00Z"),
        ("9999w", "1833-09-02T09:00:00Z"),
    ],
)
def test_a_span_begins_at_a_full_minute_or_hour(text: str, begin: str) -> None:
    found = beginning(read_span(text), NOW)
    assert found.text == begin
    assert datetime.fromtimestamp(found.timestamp, UTC) == datetime.fromisoformat(begin)


@pytest.mark.parametrize(
    "text", ["7", "d", "0d", "07d", "-7d", "7 d", "7D", "1.5h", "7m", "10000h", "٧d", "2025-04-21"]
)
def test_other_texts_are_no_spans(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number of hours, days or weeks such as 24h, 7d or 3w"):
        read_span(text)


@given(
    n=st.integers(1, 9999), unit=st.sampled_from("hdw"), now=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))
)
def test_a_span_is_never_shorter_and_hardly_longer(n: int, unit: str, now: datetime) -> None:
    span, moment = read_span(f"{n}{unit}"), now.replace(tzinfo=UTC)
    rounding = (moment - span) - datetime.fromisoformat(beginning(span, moment).text)
    assert timedelta(0) <= rounding < timedelta(hours=1)
    assert span >= timedelta(days=1) or rounding < timedelta(minutes=1)


class _Clock(datetime):
    """A clock that a test sets."""

    moment = NOW

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        assert tz is UTC
        return cls.moment


def test_fields_with_a_span_have_one_beginning_while_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "datetime", _Clock)
    monkeypatch.setattr(_Clock, "moment", NOW)
    first = SearchFields(since="7d")
    assert first.filters.published_from is not None
    assert first.filters.published_from.text == "2025-04-14T09:00:00Z"
    monkeypatch.setattr(_Clock, "moment", NOW + timedelta(minutes=29))
    assert SearchFields(since="7d").filters == first.filters  # so their masks are computed once
    monkeypatch.setattr(_Clock, "moment", NOW + timedelta(minutes=30))
    assert SearchFields(since="7d").filters != first.filters
    assert first.filters.published_from.text == "2025-04-14T09:00:00Z"  # all pages of one run see the same


def test_a_span_and_a_beginning_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="is given together with published_from"):
        SearchFields(since="7d", published_from="2025-04-21")
    assert SearchFields(since=" ", published_from="2025-04-21").filters.published_from is not None
    assert SearchFields(since="7d", published_to="2000-01-01").filters.published_to is not None  # finds nothing
