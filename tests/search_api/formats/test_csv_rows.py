"""CSV that spreadsheets open right."""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.snapshot.search.page import Hit
from search_api.formats.csv_rows import COLUMNS, write_csv
from tests.search_api.formats.hits import HOSTILE, SEARCH, hit

_UTF_8 = "--infilter=CSV:44,34,76"
"""Commas, double quotes and UTF-8, which LibreOffice finds out by itself where it can ask its user."""


def rows(*parts: tuple[Hit, ...]) -> list[dict[str, str]]:
    """Return what Python's own reader makes of an export with these parts."""
    content = b"".join(write_csv(SEARCH, parts))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_row_has_what_a_hit_has() -> None:
    (row,) = rows((hit(section="عنوان فرعي"),))
    assert row == {
        "rank": "1",
        "relevance": "0.5",
        "score": "0.25",
        "language": "ar",
        "published_at": "2023-09-08T22:11:00Z",
        "source": "الأهرام",
        "title": "زلزال في المغرب",
        "section": "عنوان فرعي",
        "text": "نص الفقرة",
        "url": "https://example.org/زلزال?a=1&b=<2>",
        "article_id": "ar-1",
        "paragraph_id": "ar-1:1",
        "duplicate_count": "2",
    }


def test_what_a_hit_lacks_is_empty() -> None:
    (row,) = rows((hit(title=None, source=None, url=None, published_at=None),))
    assert [row[name] for name in ("published_at", "source", "title", "section", "url")] == [""] * 5


def test_names_come_before_the_first_part_and_parts_one_by_one() -> None:
    asked = []

    def parts() -> Iterator[tuple[Hit, ...]]:
        for number in (1, 2):
            asked.append(number)
            yield (hit(number),)

    pieces = write_csv(SEARCH, parts())
    assert next(pieces).decode("utf-8-sig") == ",".join(COLUMNS) + "\r\n"
    assert asked == []
    assert next(pieces).startswith(b"1,")
    assert asked == [1]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("\x00=1", "'=1"),
        ("a=1", "a=1"),
        ("٪5", "٪5"),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    (row,) = rows((hit(text=text, title=text, source=text, article_id=text),))
    assert (row["text"], row["title"], row["source"], row["article_id"]) == (cell,) * 4


def test_quotes_and_line_breaks_stay_and_control_characters_go() -> None:
    first, second = rows((hit(text=HOSTILE), hit(2)))
    assert first["text"] == HOSTILE.replace("\x00\x0b", "")
    assert second["rank"] == "2"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "hits.csv").write_bytes(b"".join(write_csv(SEARCH, [(hit(text="=HYPERLINK(1)"), hit(2))])))
    convert = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        _UTF_8,
        "--convert-to",
        "fods",
    ]
    subprocess.run(
        [*convert, "--outdir", tmp_path, tmp_path / "hits.csv"], check=True, capture_output=True, timeout=300
    )
    sheet = (tmp_path / "hits.fods").read_text(encoding="utf-8")
    assert "<text:p>زلزال في المغرب</text:p>" in sheet
    assert "<text:p>rank</text:p>" in sheet  # and no byte order mark before it
    assert "table:formula" not in sheet
