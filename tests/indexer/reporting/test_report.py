"""The report of a build."""

import json
from pathlib import Path

import numpy as np
import pytest

from indexer.reporting.counted import counted
from indexer.reporting.report import (
    BuildReport,
    DuplicateCounts,
    EventCounts,
    RepeatedLine,
    SourceCounts,
    check_report,
    count_by_language,
)
from indexer.reporting.stages import Stage
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SnapshotDamaged
from indexer.sources.formats.format import SourceArticle, UnreadFile
from indexer.sources.parsing.reject import Reject


def count(*reasons: str) -> SourceCounts:
    counted = SourceCounts()
    for line, reason in enumerate(reasons, start=1):
        counted.count_reject(Reject("a.jsonl", line, reason))
    return counted


def report(counted: SourceCounts) -> BuildReport:
    return BuildReport(
        sources=["news"],
        added_to=None,
        accepted=counted.accepted,
        rejected=counted.rejected,
        reasons=counted.reasons,
        repeated=counted.repeated,
        repeated_lines=counted.repeated_lines,
        undated=counted.undated,
        unread=counted.unread,
        repaired=counted.repaired,
        dropped_lines=counted.dropped_lines,
        taken_down=1,
        expired=0,
        articles=7,
        without_date=2,
        paragraphs=20,
        embedded=3,
        languages={"ar": 4, "en": 3},
        paragraph_languages={"ar": 11, "en": 8, "tlh": 1},
        unknown_languages={"tlh": 1},
        duplicates=DuplicateCounts(stories=2, copies=3, exact=1),
        events=EventCounts(events=3, articles=8, across_languages=2),
        stages=[Stage("reading", 1.5, 10)],
    )


def test_reasons_are_counted_without_their_values() -> None:
    counted = count(
        "published_at: '03/04/2015' can be read with the day first or the month first",
        "published_at: '05/06/2015' can be read with the day first or the month first",
        "not UTF-8: byte 0xe9 at column 17",
        "not UTF-8: byte 0xff at column 1",
        "text: is blank",
        "id 'a' comes again at /news/b.jsonl:7: the last one wins",
        "id 'c' comes again at /news/d.warc.gz:8: the last one wins",
    )
    assert {kind: reason.count for kind, reason in counted.reasons.items()} == {
        "published_at: … can be read with the day first or the month first": 2,
        "not UTF-8: byte … at column …": 2,
        "text: is blank": 1,
        "id … comes again at …:…: the last one wins": 2,
    }
    assert counted.rejected == 7


def test_events_of_one_article_do_not_count() -> None:
    event, language = np.array([0, 1, 0, 3, 3, 5, 0], dtype=np.int32), np.array([0, 1, 1, 0, 0, 1, 0], dtype=np.int32)
    assert EventCounts.of(event, language) == EventCounts(events=2, articles=5, across_languages=1)
    assert EventCounts.of(event[:0], language[:0]) == EventCounts(0, 0, 0)


def test_examples_and_reasons_are_bounded() -> None:
    counted = count(*["text: is blank"] * 20, *(f"reason {'x' * n}" for n in range(100)))
    assert counted.reasons["text: is blank"].examples == [f"a.jsonl:{n}: text: is blank" for n in range(1, 11)]
    assert len(counted.reasons) == 51
    assert counted.reasons["other reasons"].count == 51
    assert sum(reason.count for reason in counted.reasons.values()) == counted.rejected == 120


def test_articles_repairs_and_lines_are_counted() -> None:
    counted = SourceCounts()
    article = Article(id="a", language="en", blocks=("Text.",))
    counted.count_article(SourceArticle("a", 1, article, repaired=True, dropped_lines=2))
    counted.count_article(SourceArticle("a", 2, article, dropped_lines=1))
    assert (counted.accepted, counted.repaired, counted.dropped_lines) == (2, 1, 3)


def test_file_has_everything_most_frequent_reason_first(tmp_path: Path) -> None:
    report(count("rare", "often", "often")).write(tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert list(content["reasons"]) == ["often", "rare"]
    assert content["reasons"]["often"] == {"count": 2, "examples": ["a.jsonl:2: often", "a.jsonl:3: often"]}
    assert content["stages"] == [{"name": "reading", "seconds": 1.5, "peak_rss_bytes": 10}]


def test_summary_has_one_line_for_each_fact() -> None:
    assert report(count("text: is blank", "text: is blank")).lines() == [
        "languages: ar 4, en 3",
        "unknown to the model: paragraphs in tlh 1",
        "without a date: 2 of 7 articles; filters by date leave them out, and orders by date have them last",
        "near-duplicates: 3 copies of 2 articles; 1 with the same words",
        "events that several articles report: 3, with 8 articles; 2 of them in more than one language",
        "left out: 1 taken down, 0 older than --keep-days",
        "rejected 2: text: is blank; for example a.jsonl:1: text: is blank",
    ]


def test_what_was_left_out_or_lost_its_date_is_in_the_summary() -> None:
    found = SourceCounts(repeated=1)
    found.count_repeated_lines([RepeatedLine("Post", "Continue reading...", 12), RepeatedLine("", "More", 10)])
    found.count_undated(Reject("a.csv", 3, "published_at: '5/7/2015' is ambiguous"))
    for name in ("a/photo.JPG", "b/notes", "c/cover.jpg"):
        found.count_unread(UnreadFile(name))
    assert report(found).lines()[5:] == [
        "repaired: 0 articles; left out: 22 lines of boilerplate",
        "left out as boilerplate: lines that a source repeats, such as 'Continue reading...' (Post)",
        "left out: 1 taken down, 0 older than --keep-days",
        "repeated: 1 record whose id came again later; the last one is kept",
        "not read: files of kinds that khabar does not read: .jpg 2, without a suffix 1",
        "unreadable date 1: published_at: … is ambiguous; for example a.csv:3: published_at: '5/7/2015' is ambiguous",
    ]


def test_numbers_have_nouns_in_the_right_form() -> None:
    assert [counted(n, "article") for n in (0, 1, 2, 1_024)] == [
        "0 articles",
        "1 article",
        "2 articles",
        "1,024 articles",
    ]


def test_languages_are_counted_most_first_and_only_where_they_occur() -> None:
    codes = np.array([2, 0, 2, 0, 2], dtype=np.int32)
    assert count_by_language(codes, ("ar", "de", "en")) == {"en": 3, "ar": 2}
    assert count_by_language(np.array([1, 0], dtype=np.int32), ("ar", "en")) == {"ar": 1, "en": 1}


@pytest.mark.parametrize("damage", ["count", "no JSON", "no report", "missing"])
def test_damage_to_a_report_is_noticed(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "report.json"
    report(count("often")).write(path)
    check_report(path)
    if damage == "count":
        path.write_text(path.read_text(encoding="utf-8").replace('"rejected": 1', '"rejected": 2'), encoding="utf-8")
    elif damage == "no JSON":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "no report":
        path.write_text("[]", encoding="utf-8")
    else:
        path.unlink()
    with pytest.raises(SnapshotDamaged, match=r"report\.json"):
        check_report(path)
