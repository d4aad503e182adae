"""JSON Lines."""

import json
from dataclasses import asdict

from search_api.formats.jsonl import write_jsonl
from tests.search_api.formats.hits import HOSTILE, SEARCH, hit


def test_a_line_is_a_hit_as_in_an_answer() -> None:
    parts = [(hit(1, text=HOSTILE), hit(2)), (hit(3),)]
    pieces = list(write_jsonl(SEARCH, parts))
    assert len(pieces) == 2
    lines = b"".join(pieces).decode().split("\n")
    assert lines.pop() == ""
    expected = json.loads(json.dumps([asdict(each) for part in parts for each in part]))
    for each in expected:  # left out of an answer too, if they are not asked for
        del each["paragraphs"], each["highlights"]
    assert [json.loads(line) for line in lines] == expected
