"""Which articles a query loses, so that it has no answer."""

import json
from pathlib import Path

from benchmarks.confidence.queries import ntrex_queries, sample_queries, write_ntrex


def _write_lines(path: Path, records: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def test_a_query_loses_all_articles_on_the_events_of_its_answers(tmp_path: Path) -> None:
    events = {"en-canal": "canal", "ar-canal": "canal", "en-storm": "storm"}
    _write_lines(tmp_path / "articles.jsonl", [{"id": name, "event": event} for name, event in events.items()])
    question: dict[str, object] = {"id": "q1", "query": "who owns the ship", "language": "en", "kind": "question"}
    _write_lines(tmp_path / "queries.jsonl", [question, question | {"id": "q2", "query": "nothing about it"}])
    (tmp_path / "qrels.tsv").write_text(
        "query_id\tparagraph_id\tgrade\nq1\ten-canal:0123456789ab\t2\n", encoding="utf-8"
    )
    names = [("s1", "s2", "Suez", "en"), ("s2", "s1", "السويس", "ar")]
    _write_lines(
        tmp_path / "short_queries.jsonl",
        [
            {"id": own, "twin": twin, "query": text, "language": language, "kind": "place", "events": ["canal"]}
            for own, twin, text, language in names
        ],
    )
    asked, english, arabic = sample_queries(tmp_path)
    both = frozenset({"en-canal", "ar-canal"})
    assert (asked.id, asked.answers, asked.about, asked.texts) == ("q1", frozenset({"en-canal"}), both, ())
    assert (english.answers, english.about) == (both, both)
    assert english.texts == arabic.texts == ("Suez", "السويس")


def test_a_headline_loses_both_languages_and_other_reports_on_the_event(tmp_path: Path) -> None:
    documents = ("ntrex-reuters.218932", "ntrex-rt.com.91337", "ntrex-bbc.381746")
    _write_lines(
        tmp_path / "articles.jsonl",
        [
            {"id": f"{document}-{language}", "title": f"{document} {language}", "text": "One line.\n\nAnother."}
            for document in documents
            for language in ("en", "ar")
        ],
    )
    queries = {query.text: query for query in ntrex_queries(tmp_path)}
    assert len(queries) == 6
    found = queries["ntrex-rt.com.91337 ar"]
    assert found.answers == {"ntrex-rt.com.91337-en", "ntrex-rt.com.91337-ar"}
    assert found.about == found.answers | {"ntrex-reuters.218932-en", "ntrex-reuters.218932-ar"}
    alone = queries["ntrex-bbc.381746 en"]
    assert alone.about == alone.answers

    write_ntrex(tmp_path, tmp_path / "without-titles.jsonl")
    records = [json.loads(line) for line in (tmp_path / "without-titles.jsonl").read_text().splitlines()]
    assert len(records) == 6
    assert records[0].keys() == {"id", "language", "paragraphs"}
    assert records[0]["paragraphs"] == ["One line.", "Another."]
