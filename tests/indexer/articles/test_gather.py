"""What a build makes of dates, repeats and files that it does not read."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from indexer.articles.gather import CorpusScope, GatherRequest, GatherResult, gather
from indexer.articles.spool import Spool
from indexer.reporting.progress import Reporter
from indexer.reporting.report import RepeatedLine
from indexer.snapshot.errors import SourceError
from indexer.snapshot.layout import StoreLayout
from indexer.sources.formats.format import ReadOptions
from indexer.sources.parsing.date_order import DateOrder

Dates = dict[str, str | None]


def gathered(
    folder: Path, *, dates: DateOrder | None = None, strict: bool = False
) -> tuple[Dates, GatherResult, list[dict[str, object]]]:
    """Return the date of each article by id, what was gathered, and the rejects."""
    request = GatherRequest([folder], ReadOptions(dates=dates), CorpusScope(), strict)
    rejects = folder.with_name("rejects.jsonl")
    database = folder.with_name("spool.sqlite")
    database.unlink(missing_ok=True)
    with Spool(database) as spool:
        result = gather(
            request, StoreLayout(folder.with_name("store")), "", spool, rejects, Reporter(Console(file=io.StringIO()))
        )
        found = {each.article.id: each.article.published.text if each.article.published else None for each in spool}
    return found, result, [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "news"
    path.mkdir()
    return path


def write(path: Path, *dates: object) -> None:
    """Write a file of articles with ids such as `a1`, after the name of the file and the line."""
    rows = [
        {"id": f"{path.stem}{number}", "text": f"وقع الوزير الاتفاق رقم {number}.", "published_at": date}
        for number, date in enumerate(dates, start=1)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_one_certain_date_settles_the_others_of_its_file(folder: Path) -> None:
    write(folder / "a.jsonl", "05/07/2015", "٢١/٠٧/٢٠١٥", "6/7/2015 09:30")
    write(folder / "b.jsonl", "05/07/2015", "07/21/2015")
    write(folder / "c.jsonl", "05/07/2015", "2015-07-21")
    found, result, rejects = gathered(folder)
    assert found == {
        "a1": "2015-07-05",
        "a2": "2015-07-21",
        "a3": "2015-07-06T09:30:00Z",
        "b1": "2015-05-07",
        "b2": "2015-07-21",
        "c1": None,
        "c2": "2015-07-21",
    }
    (undated,) = result.source_counts.undated.items()
    assert "is ambiguous" in undated[0]
    assert (undated[1].count, undated[1].examples[0].split(": ")[0]) == (1, f"{folder}/c.jsonl:1")
    assert (result.source_counts.accepted, result.source_counts.rejected, rejects) == (7, 0, [])


def test_dates_that_contradict_one_another_settle_nothing(folder: Path) -> None:
    write(folder / "a.jsonl", "21/07/2015", "05/07/2015", "07/22/2015")
    assert gathered(folder)[0] == {"a1": "2015-07-21", "a2": None, "a3": "2015-07-22"}


@pytest.mark.parametrize(
    ("dates", "expected"),
    [(DateOrder.DAY_FIRST, "2015-07-05"), (DateOrder.MONTH_FIRST, "2015-05-07"), (DateOrder.ISO, None)],
)
def test_an_order_that_is_given_beats_the_other_dates(folder: Path, dates: DateOrder, expected: str | None) -> None:
    write(folder / "a.jsonl", "05/07/2015", "07/21/2015")
    assert gathered(folder, dates=dates)[0] == {"a1": expected, "a2": "2015-07-21"}


def test_an_article_whose_date_cannot_be_read_is_kept_undated_and_reported(folder: Path) -> None:
    write(folder / "a.jsonl", "yesterday", "May 2015", None, "", ["2015"], "2015-07-21")
    found, result, _ = gathered(folder)
    assert found == {"a1": None, "a2": None, "a3": None, "a4": None, "a5": None, "a6": "2015-07-21"}
    assert sum(reason.count for reason in result.source_counts.undated.values()) == 3


@pytest.mark.parametrize("date", ["yesterday", "05/07/2015"])
def test_strict_refuses_an_article_without_the_date_that_it_was_given(folder: Path, date: str) -> None:
    write(folder / "a.jsonl", date)
    with pytest.raises(SourceError, match=r"a\.jsonl:1: published_at: .*\(--strict\)$"):
        gathered(folder, strict=True)
    write(folder / "a.jsonl", "05/07/2015", "21/07/2015")
    assert gathered(folder, strict=True)[0] == {"a1": "2015-07-05", "a2": "2015-07-21"}


def test_repeats_and_files_of_other_kinds_are_no_losses(folder: Path) -> None:
    write(folder / "a.jsonl", "05/07/2015")
    (folder / "again").mkdir()
    write(folder / "again" / "a.jsonl", "06/07/2015", "21/07/2015")
    for name in ("photo.JPG", "chart.jpg", "notes", ".hidden"):
        (folder / name).write_bytes(b"\x00")
    found, result, rejects = gathered(folder)
    counts = result.source_counts
    assert found == {"a1": "2015-07-06", "a2": "2015-07-21"}
    assert (counts.accepted, counts.rejected, counts.repeated) == (3, 0, 1)
    assert counts.undated == {}  # the earlier article is gone, and its date with it
    assert counts.unread == {".jpg": 2, "": 1}
    assert [reject["reason"] for reject in rejects] == [
        f"id 'a1' comes again at {folder}/again/a.jsonl:1: the last one wins"
    ]


def test_lines_that_a_source_repeats_are_left_out_and_counted(folder: Path) -> None:
    rows = [
        {"id": str(n), "source": "Post", "text": f"وصلت السفينة رقم {n} إلى الميناء.\nContinue reading..."}
        for n in range(12)
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    _, result, _ = gathered(folder)
    counts = result.source_counts
    assert counts.repeated_lines == [RepeatedLine("Post", "Continue reading...", 12)]
    assert counts.dropped_lines == 12
