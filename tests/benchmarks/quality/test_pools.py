"""The language of each document in a pool, and the events beside a third language."""

import json
from pathlib import Path

from benchmarks.corpora.parallel import Document
from benchmarks.quality.pools import Pool, assign_languages, write_other_events

DOCUMENTS = [Document(f"d{n}", {"en": ["x"], "ar": ["x"]}) for n in range(12)]


def test_mixed_pools_alternate_in_blocks_of_five_and_complement_each_other() -> None:
    first, second = assign_languages(DOCUMENTS, Pool.MIXED_0), assign_languages(DOCUMENTS, Pool.MIXED_1)
    assert "".join(first[f"d{n}"][0] for n in range(12)) == "eeeeeaaaaaee"
    assert all({first[name], second[name]} == {"en", "ar"} for name in first)


def test_single_and_half_pools() -> None:
    assert set(assign_languages(DOCUMENTS, Pool.AR).values()) == {"ar"}
    assert assign_languages(DOCUMENTS, Pool.HALF_EN) == {f"d{n}": "en" for n in range(0, 12, 2)}


def test_other_events_are_those_that_the_third_language_does_not_cover(tmp_path: Path) -> None:
    for folder, records in {
        "sample": [{"id": "en-a", "event": "a"}, {"id": "ar-a", "event": "a"}, {"id": "ar-b", "event": "b"}],
        "third": [{"id": "fr-a", "event": "a"}],
    }.items():
        (tmp_path / folder).mkdir()
        lines = "\n".join(map(json.dumps, records))
        (tmp_path / folder / "articles.jsonl").write_text(lines, encoding="utf-8")
    written = write_other_events(tmp_path / "sample", tmp_path / "third", tmp_path / "store")
    assert [json.loads(line)["id"] for line in written.read_text(encoding="utf-8").splitlines()] == ["ar-b"]
