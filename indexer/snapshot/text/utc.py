"""Moments as khabar writes them: ISO 8601, in UTC, to the second."""

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Return a moment that has a time zone as text in UTC: "2025-04-21T09:30:00Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
