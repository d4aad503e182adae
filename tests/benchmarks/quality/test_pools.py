"""Which document stands in which language, and that the benchmark asks the service's own search."""

import json
from pathlib import Path

import pytest

from benchmarks.quality import run
from benchmarks.quality.pools import Pool, placement, write_other_events
from benchmarks.quality.tasks import (
    Document,
    Level,
    ParallelCorpus,
    ParallelQuery,
    read_flores,
    read_judged,
    read_ntrex,
)
from indexer.snapshot.reader import open_snapshot
from tests.conftest import ARTICLES, ROOT, make_article
from tests.fakes import publish_fake_store

DOCUMENTS = [Document(f"d{n}", {"en": ["x"], "ar": ["x"]}) for n in range(12)]


def test_mixed_pools_alternate_in_blocks_of_five_and_complete_each_other() -> None:
    first, second = placement(DOCUMENTS, Pool.MIXED_0), placement(DOCUMENTS, Pool.MIXED_1)
    assert "".join(first[f"d{n}"][0] for n in range(12)) == "eeeeeaaaaaee"
    assert all({first[name], second[name]} == {"en", "ar"} for name in first)


def test_single_and_half_pools() -> None:
    assert set(placement(DOCUMENTS, Pool.AR).values()) == {"ar"}
    assert placement(DOCUMENTS, Pool.HALF_EN) == {f"d{n}": "en" for n in range(0, 12, 2)}


def test_judged_queries_of_the_sample_are_read() -> None:
    queries = read_judged(ROOT / "data")
    assert len(queries) == 192
    assert all(query.grades for query in queries)


def test_ntrex_gives_headlines_and_middle_paragraphs(tmp_path: Path) -> None:
    lines = [
        {"id": f"n-{language}", "title": f"title {language}", "text": "\n\n".join(f"{language} {n}" for n in range(3))}
        for language in ("en", "ar")
    ]
    (tmp_path / "articles.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    corpus = read_ntrex(tmp_path)
    assert corpus.documents == [
        Document(
            "n",
            {"en": ["en 0", "en 1", "en 2"], "ar": ["ar 0", "ar 1", "ar 2"]},
            {"en": "title en", "ar": "title ar"},
        )
    ]
    asked = {query.id: (query.task, query.language, query.text, query.line) for query in corpus.queries}
    assert asked == {
        "n-h-en": ("headline", "en", "title en", 0),
        "n-h-ar": ("headline", "ar", "title ar", 0),
        "n-c-en": ("code-switched", "und", "title ar", 0),  # the first word of "title en", the last of "title ar"
        "n-c-ar": ("code-switched", "und", "title en", 0),
        "n-p-en": ("paragraph", "en", "en 1", 1),
        "n-p-ar": ("paragraph", "ar", "ar 1", 1),
    }


def test_flores_gives_the_sentence_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_text('{"id": "f", "url": "u", "en": "a b c", "ar": "d e f"}\n', encoding="utf-8")
    sentences = [{"url": "u", "en": en, "ar": ar} for en, ar in (("a", "d"), ("b", "e"), ("c", "f"))]
    (tmp_path / "sentences.jsonl").write_text("\n".join(map(json.dumps, sentences)), encoding="utf-8")
    assert [(query.text, query.document) for query in read_flores(tmp_path).queries] == [("b", "f"), ("e", "f")]


@pytest.fixture
def parallel() -> ParallelCorpus:
    treaty = "معاهدة بين روسيا ودولة أخرى وقعت في احتفال كبير أمس هنا."
    document = Document("treaty", {"en": ["Russia signs a treaty."], "ar": [treaty]})
    ask = [
        ParallelQuery("h", "headline", "russia treaty", "en", "treaty", Level.ARTICLE),
        ParallelQuery("p", "paragraph", "treaty of russia", "en", "treaty", Level.PARAGRAPH, 0),
        ParallelQuery("own", "paragraph", treaty, "ar", "treaty", Level.PARAGRAPH, 0),
    ]
    return ParallelCorpus("test", [document], ask)


def test_records_hold_where_answers_came(tmp_path: Path, parallel: ParallelCorpus) -> None:
    lines = parallel.documents[0].lines["ar"]
    publish_fake_store(tmp_path / "store", [*ARTICLES[1:], make_article("treaty/ar", "ar", *lines)])
    snapshot = open_snapshot(tmp_path / "store")
    records = list(run.ask_parallel(snapshot, parallel, {"treaty": "ar"}, pool="ar", variant="neutral"))
    snapshot.close()
    # A paragraph is never asked for in the language it stands in.
    assert [record.query for record in records] == ["h", "p"]
    assert records[0].ranks == {"treaty/ar": 1}
    (answer,) = records[1].grades
    assert answer.startswith("treaty/ar:")
    assert records[1].ranks == {answer: 1}
    assert records[0].top[0][0] == "ar"
    path = tmp_path / "records.jsonl.gz"
    assert run.write_records(path, records) == 2
    assert run.read_records(path) == records


def test_query_without_an_answer_in_the_pool_has_no_grades(fake_store: Path, parallel: ParallelCorpus) -> None:
    snapshot = open_snapshot(fake_store)
    records = list(run.ask_parallel(snapshot, parallel, {}, pool="half-ar", variant="neutral"))
    snapshot.close()
    assert [(record.query, record.grades, record.answer_languages) for record in records] == [("h", {}, [])]


def test_other_events_are_those_the_third_language_does_not_tell_of(tmp_path: Path) -> None:
    for folder, records in {
        "sample": [{"id": "en-a", "event": "a"}, {"id": "ar-a", "event": "a"}, {"id": "ar-b", "event": "b"}],
        "third": [{"id": "fr-a", "event": "a"}],
    }.items():
        (tmp_path / folder).mkdir()
        lines = "\n".join(map(json.dumps, records))
        (tmp_path / folder / "articles.jsonl").write_text(lines, encoding="utf-8")
    written = write_other_events(tmp_path / "sample", tmp_path / "third", tmp_path / "store")
    assert [json.loads(line)["id"] for line in written.read_text(encoding="utf-8").splitlines()] == ["ar-b"]
