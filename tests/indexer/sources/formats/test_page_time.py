"""The time of day of a page, from what publishers write into the head of their pages."""

import json

import pytest
from lxml import html

from indexer.sources.formats.page_time import publication_time

DAY = "2024-05-14"


def linked_data(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="article:published_time" content="2024-05-14T09:30:00Z">', "2024-05-14T09:30:00Z"),
        ('<meta content="2024-05-14T09:30:05.250+03:00" name="DatePublished">', "2024-05-14T09:30:05+03:00"),
        ('<meta itemprop="datePublished" content="2024-05-14 09:30 +0300">', "2024-05-14T09:30+0300"),
        ('<time pubdate datetime="2024-05-14T23:15:00-04:00">yesterday</time>', "2024-05-14T23:15:00-04:00"),
        (linked_data([{"@graph": [{"datePublished": "2024-05-14T09:30:00Z"}]}]), "2024-05-14T09:30:00Z"),
        # What Open Graph says is said for readers; other dates come after it.
        (
            '<meta name="date" content="2024-05-14T01:00:00Z">'
            '<meta property="article:published_time" content="2024-05-14T09:30:00Z">',
            "2024-05-14T09:30:00Z",
        ),
        ('<meta property="article:modified_time" content="2024-05-14T09:30:00Z">', DAY),
        ('<meta property="article:published_time" content="2024-05-13T09:30:00Z">', DAY),  # another day
        ('<meta property="article:published_time" content="2024-05-14T09:30:00">', DAY),  # no zone
        ('<meta property="article:published_time" content="2024-05-14T00:00:00+03:00">', DAY),  # no time was known
        ('<meta property="article:published_time" content="١٤ مايو">', DAY),
        ('<meta property="article:published_time">', DAY),
        ('<script type="application/ld+json">{"datePublished": "2024-05-14T09:</script>', DAY),
        ('<script type="application/ld+json"></script>', DAY),
        (linked_data({"datePublished": 20240514}), DAY),
        ("<time>09:30</time>", DAY),
    ],
)
def test_time_of_day(head: str, expected: str) -> None:
    page = html.fromstring(f"<html><head>{head}</head><body><p>نص</p></body></html>")
    assert publication_time(page, DAY) == expected


def test_linked_data_may_be_nested_without_end() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    page = html.fromstring(f'<html><head><script type="application/ld+json">{deep}</script></head><body/></html>')
    assert publication_time(page, DAY) == DAY
