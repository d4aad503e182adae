"""The queries of a load and their order."""

import gzip
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer

from benchmarks.load.workload import WorkloadQuery, alternate, read_workload, search_path, write_paths


def lines(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def test_queries_and_titles_are_read_from_plain_and_gzipped_files(tmp_path: Path) -> None:
    plain, packed = tmp_path / "queries.jsonl", tmp_path / "news.jsonl.gz"
    plain.write_text(lines({"query": "canal", "language": "en", "title": "not this"}), encoding="utf-8")
    with gzip.open(packed, "wt", encoding="utf-8") as stream:
        stream.write(lines({"title": "زلزال", "language": "ar"}, {"text": "no title"}, {"title": "  "}, ["no record"]))
    assert read_workload([plain, packed]) == [WorkloadQuery("زلزال", "ar"), WorkloadQuery("canal", "en")]


def test_language_is_detected_if_a_record_has_none(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(lines({"query": "زلزال قوي في المغرب"}, {"query": "an earthquake in Morocco"}), encoding="utf-8")
    assert {query.language for query in read_workload([path])} == {"ar", "en"}


def test_equal_queries_and_too_long_ones_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    same = {"query": "canal", "language": "en"}
    path.write_text(lines(same, same, {"query": "x" * 1001, "language": "en"}), encoding="utf-8")
    assert read_workload([path]) == [WorkloadQuery("canal", "en")]


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"query": "canal"}\nnonsense\n', encoding="utf-8")
    with pytest.raises(typer.BadParameter, match=r"queries\.jsonl:2"):
        read_workload([path])


def test_languages_alternate_until_one_has_no_queries_left() -> None:
    queries = [WorkloadQuery(f"en {n}", "en") for n in range(5)] + [WorkloadQuery(f"ar {n}", "ar") for n in range(2)]
    alternating = alternate(queries, 100)
    assert [query.language for query in alternating] == ["ar", "en", "ar", "en", "en", "en", "en"]
    assert set(alternating) == set(queries)


def test_order_is_shuffled_and_the_same_every_time() -> None:
    queries = [WorkloadQuery(str(n), "en") for n in range(50)]
    alternating = alternate(queries, 20)
    assert len(alternating) == 20
    assert alternating != queries[:20]
    assert alternating == alternate(queries, 20)


def test_paths_are_percent_encoded_and_one_a_line(tmp_path: Path) -> None:
    text = "قناة السويس? a&b=c\n#d"
    path = search_path(text, language="ar,en")
    assert parse_qs(urlsplit(path).query) == {"q": [text], "language": ["ar,en"]}
    write_paths(tmp_path / "paths", [path, "/b"])
    assert (tmp_path / "paths").read_text(encoding="ascii").splitlines() == [path, "/b"]


def test_other_servers_have_their_own_route() -> None:
    assert search_path("a b", "/search", "query", limit="10") == "/search?query=a+b&limit=10"
