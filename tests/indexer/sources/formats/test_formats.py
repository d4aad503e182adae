"""Every format, recognised by name, content or --format; files that are compressed, piped, damaged or too large."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from pydantic import TypeAdapter

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from indexer.snapshot.content.article import Article, PublicationTime
from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources.formats.format import ReadOptions, SourceArticle, UnreadFile
from indexer.sources.parsing import open_input
from indexer.sources.parsing.parser_errors import ParserError, parsing_with
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources

TITLE, BODY = "الميناء مغلق", "أغلقت السلطات الميناء يوم الأحد بسبب عاصفة قبالة الساحل."  # the port is closed
RECORD = {"id": "1", "title": TITLE, "text": BODY, "published_at": "2024-05-14", "desk": "world"}

PAGE = f"""<!DOCTYPE html><html lang="ar"><head><meta charset="utf-8"><title>{TITLE}</title></head><body>
<nav><a href="/">الرئيسية</a><a href="/sport">رياضة</a></nav><article><h1>{TITLE}</h1>
<p>{BODY} وقال مسؤول في الميناء إن العمل سوف يستأنف عندما تهدأ الرياح ويصبح دخول السفن آمنا من جديد.</p>
<p>وكانت السفن قد انتظرت خارج الميناء منذ مساء السبت، وتأخرت شحنات القمح والوقود إلى المدن الداخلية يومين.</p>
</article><footer>جميع الحقوق محفوظة</footer></body></html>"""

FEED = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>الضفة</title>
<item><title>{TITLE}</title><link>https://example.org/1</link><guid>urn:1</guid>
<pubDate>Tue, 14 May 2024 09:30:00 GMT</pubDate><category>port</category>
<description>&lt;p&gt;{BODY}&lt;/p&gt;&lt;p&gt;Two &amp;amp; three.&lt;/p&gt;</description></item>
<item><title>No id</title><description>text</description></item></channel></rss>"""

ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>الضفة</title><entry><id>urn:1</id><title>{TITLE}</title>
<updated>2024-05-14T09:30:00Z</updated><content type="text">{BODY}</content></entry></feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "الضفة",
    "items": [{"id": "urn:1", "title": TITLE, "content_html": f"<p>{BODY}</p>", "date_published": "2024-05-14"}],
}

MARKDOWN = f"---\ndate: 2024-05-14\nsource: الضفة\n---\n# {TITLE}\n\n{BODY} *Two*\nlines.\n\n## Heading\n\n- item\n"


def warc_record(
    url: str, content: bytes, kind: str = "text/html; charset=windows-1256", status: str = "200 OK"
) -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + content
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Record-ID: <urn:uuid:{url}>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def read(*paths: Path, **reading: Any) -> list[SourceArticle | Reject]:
    # In this process: the tests change its limits.
    items = read_sources(paths, ReadOptions(**reading), budget=None)
    return [item for item in items if not isinstance(item, UnreadFile)]


def only(path: Path, **reading: Any) -> SourceArticle:
    (found,) = read(path, **reading)
    assert isinstance(found, SourceArticle), found
    return found


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@contextmanager
def standard_input(content: bytes, folder: Path) -> Iterator[None]:
    """Let standard input have this content."""
    with write(folder / "standard-input", content).open("rb") as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", file)
        yield


@pytest.mark.parametrize(
    ("name", "content", "article_id"),
    [
        ("a.jsonl", json.dumps(RECORD), "1"),
        ("a.ndjson", json.dumps(RECORD), "1"),
        ("a.json", json.dumps([RECORD]), "1"),
        ("a.json", json.dumps(RECORD, indent=2), "1"),
        ("a.json", json.dumps(JSON_FEED), "urn:1"),
        ("a.csv", f"id,title,text,published_at\n1,{TITLE},{BODY},2024-05-14\n", "1"),
        ("a.csv", f"id;title;text;published_at\n1;{TITLE};{BODY};2024-05-14\n", "1"),
        ("a.tsv", f"id\ttitle\ttext\tpublished_at\n1\t{TITLE}\t{BODY}\t2024-05-14\n", "1"),
        ("a.md", MARKDOWN, "a.md"),
        ("a.atom", ATOM, "urn:1"),
        ("a.xml", ATOM, "urn:1"),
    ],
)
def test_each_format_gives_the_article(tmp_path: Path, name: str, content: str, article_id: str) -> None:
    article = only(write(tmp_path / name, content)).article
    assert (article.id, article.title, article.language) == (article_id, TITLE, "ar")
    assert article.blocks[0].startswith(BODY)
    assert article.published is not None
    assert article.published.text.startswith("2024-05-14")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256"])
def test_table_is_read_in_the_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    rows = f"id,title,text\n1,{TITLE},{BODY} وقال من في الميناء إن العمل على الرصيف توقف.\n"
    article = only(write(tmp_path / "a.csv", rows.encode(encoding))).article
    assert (article.id, article.title) == ("1", TITLE)


def test_page_gives_its_article_without_menus(tmp_path: Path) -> None:
    article = only(write(tmp_path / "page.html", PAGE)).article
    assert (article.id, article.title, article.language) == ("page.html", TITLE, "ar")
    assert len(article.blocks) >= 2
    assert BODY in " ".join(article.blocks)
    assert "رياضة" not in " ".join(article.blocks)  # sport, a link of the menu


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "windows-1256"])
def test_page_in_windows_1256_is_read_whatever_it_declares(tmp_path: Path, declared: str) -> None:
    page = PAGE.replace('charset="utf-8"', f'charset="{declared}"').encode("windows-1256")
    assert only(write(tmp_path / "page.htm", page)).article.title == TITLE


def test_page_without_an_article_is_a_reject(tmp_path: Path) -> None:
    (reject,) = read(write(tmp_path / "page.html", "<html><body><nav><a href='/'>home</a></nav></body></html>"))
    assert isinstance(reject, Reject)
    assert "no article is found" in reject.reason


HEADLINES = (
    "Ministers meet in the capital to discuss water",
    "Storm closes three harbours on the northern coast",
    "New museum wing opens its doors next month",
    "Striker signs for a second club in one summer",
    "Prices of bread fall for the first time in a year",
    "How a village kept its only school open",
)


def test_file_that_makes_a_parser_fail_is_a_reject_and_the_rest_is_read(tmp_path: Path) -> None:
    # Found by fuzzing: feedparser decodes the name of an encoding, which may hold any bytes.
    write(
        tmp_path / "a.rss",
        b'<?xml version="1.0" encoding="ut\xdaf"?><rss><channel><item><id>1</id></item></channel></rss>',
    )
    write(tmp_path / "b.txt", f"{TITLE}\n{BODY}")
    reject, found = read_sources([tmp_path])
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("feedparser cannot read it: UnicodeDecodeError: ")
    assert isinstance(found, SourceArticle)


def test_parser_errors_name_the_parser_and_memory_errors_are_passed_on() -> None:
    with pytest.raises(ParserError, match=r"^a parser cannot read it: KeyError: 'x'$"), parsing_with("a parser"):
        raise KeyError("x")
    with pytest.raises(MemoryError), parsing_with("a parser"):
        raise MemoryError


@pytest.mark.parametrize(
    "headlines", [HEADLINES, [f"خبر عاجل من {place} عن أمر جديد هذا اليوم" for place in "أبجدهوزحطي"]]
)
def test_a_front_page_is_no_article(tmp_path: Path, headlines: Sequence[str]) -> None:
    blocks = "".join(f"<div><h3>{one}</h3><p>{one} and what came of it</p></div>" for one in headlines)
    (reject,) = read(write(tmp_path / "index.html", f"<html><body><main>{blocks}</main></body></html>"))
    assert isinstance(reject, Reject)
    assert reject.reason == "a front page or list of articles: the text found in it consists of headlines"


def test_an_article_with_many_subheadings_is_one(tmp_path: Path) -> None:
    blocks = "".join(f"<h3>{one}</h3><p>{one}, officials said on Tuesday.</p>" for one in HEADLINES)
    made = only(write(tmp_path / "live.html", f"<html><body><article>{blocks}</article></body></html>"))
    assert len(made.article.blocks) >= len(HEADLINES)


def test_an_archive_of_other_things_is_refused_by_what_it_holds(tmp_path: Path) -> None:
    content = warc_record("https://example.org/a", b"GIF89a", kind="image/gif") + warc_record(
        "https://example.org/b", b"<html></html>", status="404 Not SourceArticle"
    )
    (reject,) = read(write(tmp_path / "images.warc", content))
    assert isinstance(reject, Reject)
    assert reject.reason == "none of its 2 records is a page, HTML or text, fetched with status 200"


_ALIASES = "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("front_matter", "title", "author"),
    [
        (f'title: "{TITLE}"\nAuthor: [A, B]', TITLE, "A, B"),
        ('title: \'"A" and "B"\'\nauthor: A', '"A" and "B"', "A"),
        (f"title: >\n  {TITLE}\nauthor:\n  - A\n  - B", TITLE, "A, B"),
        (f"title: {TITLE}: two\nauthor: A", f"{TITLE}: two", "A"),  # a colon in a title is not YAML
        ("title: 12:30\nauthor: no", "12:30", "no"),  # YAML's own types are the number 750 and False
        ("author: {name: A}\ntitle:", "Heading", None),
        (f"title: *undefined\nauthor: A\nx: {'[' * 5_000}", "*undefined", "A"),
        (f"a: &a [x, x]\n{_ALIASES}author: *i", "Heading", None),  # it would be a text of 512 parts
        (f"author: A\nx: {'y' * 100_000}", "Heading", "A"),
    ],
    ids=["list", "quotes", "folded", "colon", "texts", "mapping", "nested", "aliases", "long"],
)
def test_front_matter_gives_its_fields(tmp_path: Path, front_matter: str, title: str, author: str | None) -> None:
    article = only(write(tmp_path / "a.md", f"---\n{front_matter}\n---\n# Heading\n\n{BODY}\n")).article
    assert (article.title, article.author) == (title, author)
    assert article.blocks == (BODY,)


@pytest.mark.parametrize(
    ("start", "title"),
    [
        ("---\n", TITLE),
        ("---\nauthor: A\n", None),
        ("\n---\nauthor: A\n---\n", "author: A"),
        ("--- author: A\n\n---\n", None),
    ],
)
def test_front_matter_that_does_not_end_or_is_not_at_the_start_is_text(tmp_path: Path, start: str, title: str) -> None:
    article = only(write(tmp_path / "a.md", f"{start}\n# {TITLE}\n\n{BODY}\n")).article
    assert (article.title, article.author) == (title, None)
    assert BODY in article.blocks


def test_page_keeps_its_time_of_day(tmp_path: Path) -> None:
    meta = '<meta property="article:published_time" content="2024-05-14T12:30:00+03:00">'
    article = only(write(tmp_path / "a.html", PAGE.replace("<title>", f"{meta}<title>"))).article
    assert article.published == PublicationTime("2024-05-14T09:30:00Z", 1_715_679_000)


def test_feed_gives_its_entries(tmp_path: Path) -> None:
    first, second = read(write(tmp_path / "feed.rss", FEED))
    assert isinstance(first, SourceArticle)
    article = first.article
    assert (article.id, article.url, article.source) == ("urn:1", "https://example.org/1", "الضفة")
    assert article.blocks == (BODY, "Two & three.")
    assert article.published is not None
    assert article.published.text == "2024-05-14T09:30:00Z"
    assert article.tags == ("port",)
    assert isinstance(second, Reject)
    assert second.line == 2
    assert "neither an id nor a link" in second.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>',
            "declares XML entities",
        ),
        ('<urlset xmlns="x"><url><loc>https://example.org/</loc></url></urlset>', "a sitemap"),
        ("<rss><channel></channel></rss>", "not a feed with entries"),
        ("<rss>", "not a feed with entries"),
    ],
)
def test_xml_that_is_no_feed_is_refused_by_name(tmp_path: Path, content: str, reason: str) -> None:
    (reject,) = read(write(tmp_path / "feed.xml", content))
    assert isinstance(reject, Reject)
    assert reason in reject.reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_archive_gives_its_pages(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    page = PAGE.encode("windows-1256")
    archive = (
        warc_record("https://example.org/1", page)
        + warc_record("https://example.org/gone", page, status="404 Not SourceArticle")
        + warc_record("https://example.org/image", b"GIF89a", kind="image/gif")
        + warc_record("https://example.org/text", f"{TITLE}\n{BODY}\n".encode(), kind="text/plain")
        + warc_record("https://example.org/empty", b"<html></html>")
    )
    found = read(write(tmp_path / "a.warc.gz", pack(archive)))
    assert [item.article.id for item in found if isinstance(item, SourceArticle)] == [
        "https://example.org/1",
        "https://example.org/text",
    ]
    assert [item.reason for item in found if isinstance(item, Reject)] == ["no article is found in this page"]


def test_parquet_gives_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([RECORD, {"id": "2", "text": None}]), path)
    first, second = read(path)
    assert isinstance(first, SourceArticle)
    assert (first.article.id, first.article.title, first.article.extra) == ("1", TITLE, {"desk": "world"})
    assert isinstance(second, Reject)
    assert (second.line, second.reason) == (2, "text: is missing")


def test_parquet_cells_become_json_values(tmp_path: Path) -> None:
    row = {
        "id": "1",
        "text": BODY.encode(),
        "published_at": datetime(2024, 5, 14, 9, 30, tzinfo=UTC),
        "price": Decimal("2.5"),
        "day": date(2024, 5, 14),
        "places": [{"name": b"Port", "since": date(1900, 1, 1)}],
    }
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([row]), path)
    article = only(path).article
    assert (article.blocks, article.published) == ((BODY,), PublicationTime("2024-05-14T09:30:00Z", 1_715_679_000))
    assert article.extra == {
        "price": 2.5,
        "day": "2024-05-14",
        "places": [{"name": "Port", "since": "1900-01-01"}],
    }


def test_json_lines_with_the_suffix_of_a_document_are_read(tmp_path: Path) -> None:
    lines = [json.dumps(RECORD), "nope", json.dumps(RECORD | {"id": "2"})]
    first, reject, third = read(write(tmp_path / "a.json", "\n".join(lines)))
    assert isinstance(first, SourceArticle)
    assert isinstance(reject, Reject)
    assert isinstance(third, SourceArticle)
    assert [item.line for item in (first, reject, third)] == [1, 2, 3]


def test_tags_of_a_table_are_split(tmp_path: Path) -> None:
    content = f"id,text,tags\n1,{BODY},port; storm ;\n"
    assert only(write(tmp_path / "a.csv", content)).article.tags == ("port", "storm")


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        (b"", {"format": "csv"}, "not a table: its first row names no fields"),
        (b"PAR1\0", {}, "Parquet cannot be read from standard input; name the file"),
        (b"\0\1", {}, "neither its name nor its content is of a format that khabar can read"),
        (b"WARC/1.0\r\n\r\n", {}, "not an archive with records of pages"),
    ],
)
def test_standard_input_that_cannot_be_read_is_a_reject(
    tmp_path: Path, content: bytes, options: dict[str, str], reason: str
) -> None:
    with standard_input(content, tmp_path):
        found = read(Path("-"), **options)
    assert found == [Reject("standard input", None, reason)]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.jsonl.gz", gzip.compress),
        ("a.jsonl.zst", zstd.compress),
        ("a.jsonl", gzip.compress),  # packed, and its name does not say so
        ("a.jsonl.gz", bytes),  # not packed, and its name says so
    ],
)
def test_packed_files_are_unpacked_by_content(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    assert only(write(tmp_path / name, pack(json.dumps(RECORD).encode()))).article.title == TITLE


@pytest.mark.parametrize("content", [json.dumps(RECORD), PAGE, FEED, ATOM])
def test_standard_input_is_read_by_content(tmp_path: Path, content: str) -> None:
    with standard_input(content.encode(), tmp_path):
        found = read(Path("-"))
    assert isinstance(found[0], SourceArticle)
    assert (found[0].file, found[0].article.title) == ("standard input", TITLE)


def test_format_that_is_named_goes_before_name_and_content(tmp_path: Path) -> None:
    path = write(tmp_path / "dump.dat", f"id,text\n1,{BODY}\n")
    with pytest.raises(UsageError, match="--format says what it is"):
        read(path)
    assert only(path, format="csv").article.blocks == (BODY,)
    with pytest.raises(UsageError, match="'docx' is not one of the formats"):
        read(path, format="docx")


def test_other_names_of_fields_are_mapped(tmp_path: Path) -> None:
    record = {"uid": 7, "headline": TITLE, "content": {"body": BODY}, "date": 1715679000, "desk": "world"}
    fields = {"id": "uid", "title": "headline", "text": "content.body", "published_at": "date"}
    article = only(write(tmp_path / "a.jsonl", json.dumps(record)), fields=fields).article
    assert (article.id, article.title, article.blocks) == ("7", TITLE, (BODY,))
    assert article.published is not None
    assert article.published.text == "2024-05-14T09:30:00Z"
    assert article.extra == {"desk": "world", "content": {"body": BODY}}


def test_folders_are_read_without_files_about_them(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", json.dumps(RECORD))
    write(tmp_path / "README.md", "# About this folder\n\nNothing to search for.\n")
    write(tmp_path / "image.png", b"\x89PNG")
    found, unread = read_sources([tmp_path])
    assert isinstance(found, SourceArticle)
    assert found.article.id == "1"
    assert unread == UnreadFile(f"{tmp_path}/image.png")


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_bomb_is_refused_and_what_came_before_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(open_input, "_RATIO_CHECKED_FROM_BYTES", 2**20)
    bomb = pack(json.dumps(RECORD).encode() + b"\n" + b" " * 2**24)
    found, reject = read(write(tmp_path / "a.jsonl.gz", bomb))
    assert isinstance(found, SourceArticle)
    assert isinstance(reject, Reject)
    assert "decompresses to more than 250 times its size" in reject.reason


def test_all_frames_of_a_zstandard_file_are_read(tmp_path: Path) -> None:
    lines = [json.dumps(RECORD | {"id": str(n)}).encode() + b"\n" for n in range(3)]
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00meta"
    content = zstd.compress(lines[0]) + skippable + zstd.compress(b"") + zstd.compress(lines[1] + lines[2])
    items = read(write(tmp_path / "a.jsonl.zst", content))
    assert [item.article.id for item in items if isinstance(item, SourceArticle)] == ["0", "1", "2"]
    assert len(items) == 3


def test_damage_within_a_zstandard_file_is_a_reject_after_the_articles_before_it(tmp_path: Path) -> None:
    lines = [json.dumps(RECORD | {"id": str(n), "n": n**19}).encode() + b"\n" for n in range(8_000)]
    content = bytearray(zstd.compress(b"".join(lines)))
    content[len(content) // 2 :] = b"\x5a" * (len(content) - len(content) // 2)
    *articles, last = read(write(tmp_path / "a.jsonl.zst", bytes(content)))
    assert 3_000 < len(articles) < 5_000
    assert all(isinstance(item, SourceArticle) for item in articles[:-1])
    assert isinstance(last, Reject)
    assert last.reason.startswith("damaged Zstandard file, not read further: ")


@pytest.mark.parametrize(("window_log", "is_read"), [(27, True), (28, False)])
def test_window_of_a_zstandard_frame_is_bounded(tmp_path: Path, window_log: int, is_read: bool) -> None:
    # Content in two parts: the header of a frame of one part asks for no more memory than the part needs.
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window_log})
    content = compressor.compress(json.dumps(RECORD).encode()) + compressor.compress(b"\n") + compressor.flush()
    (item,) = read(write(tmp_path / "a.jsonl.zst", content))
    assert isinstance(item, SourceArticle) == is_read
    if isinstance(item, Reject):
        assert item.reason.startswith("damaged Zstandard file, not read further: ")


def test_endless_line_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_input, "MAX_LINE_BYTES", 1_000)
    lines = [
        json.dumps(RECORD),
        json.dumps(RECORD | {"id": "2", "text": "x" * 5_000}),
        json.dumps(RECORD | {"id": "3"}),
    ]
    first, reject, third = read(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert isinstance(first, SourceArticle)
    assert isinstance(third, SourceArticle)
    assert third.line == 3
    assert isinstance(reject, Reject)
    assert (reject.line, reject.reason[:11]) == (2, "longer than")


def test_document_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_input, "MAX_DOCUMENT_BYTES", 100)
    (reject,) = read(write(tmp_path / "a.html", PAGE))
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("larger than")


@pytest.mark.parametrize("cut", [20, 60, -4])
@pytest.mark.parametrize(
    ("kind", "name", "pack"), [("gzip", "a.jsonl.gz", gzip.compress), ("Zstandard", "a.jsonl.zst", zstd.compress)]
)
def test_truncated_compression_is_a_reject_after_the_articles_before_it(
    tmp_path: Path, kind: str, name: str, pack: Callable[[bytes], bytes], cut: int
) -> None:
    content = pack("\n".join(json.dumps(RECORD | {"id": str(n), "n": n**9}) for n in range(500)).encode())
    *articles, last = read(write(tmp_path / name, content[:cut]))
    ids = [item.article.id for item in articles if isinstance(item, SourceArticle)]
    assert ids == [str(n) for n in range(len(articles))]
    assert (200 < len(articles) < 500) if cut < 0 else not articles
    assert isinstance(last, Reject)
    assert last.reason.startswith(f"damaged {kind} file, not read further: ")
    assert "ended before the end-of-stream marker" in last.reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.parquet", "not a readable Parquet file: "),
        ("a.warc", "damaged archive, read up to record 0: "),
        ("a.json", "not JSON: "),
        ("a.feed.xml", "not a feed with entries"),
    ],
)
def test_file_that_is_not_what_its_name_says_is_a_reject(tmp_path: Path, name: str, reason: str) -> None:
    (reject,) = read(write(tmp_path / name, b"\x00\x01\x02 another kind of content"))
    assert isinstance(reject, Reject)
    assert reject.reason.startswith(reason)


def test_arc_is_refused_by_name(tmp_path: Path) -> None:
    (reject,) = read(write(tmp_path / "old.html", b"filedesc://old.arc 0.0.0.0 20050101000000 text/plain 76\n<html>"))
    assert isinstance(reject, Reject)
    assert "an ARC archive" in reject.reason


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        read(tmp_path / "nothing.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    name=st.sampled_from(["jsonl", "json", "csv", "tsv", "parquet", "md", "txt", "html", "xml", "warc", "jsonl.gz"]),
    start=st.sampled_from(
        [b"", b"{", b"[", b"<rss>", b"<html>", b"PAR1", b"WARC/1.0\r\n", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]
    ),
    content=st.binary(max_size=400),
)
def test_no_file_crashes_the_reader(tmp_path: Path, name: str, start: bytes, content: bytes) -> None:
    for item in read(write(tmp_path / f"fuzz.{name}", start + content)):
        assert isinstance(item, SourceArticle | Reject)
        if isinstance(item, Reject):
            assert "\n" not in item.reason


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(whole=st.sampled_from([PAGE, FEED, ATOM, MARKDOWN, json.dumps(JSON_FEED)]), data=st.data())
def test_no_damaged_document_crashes_the_reader(tmp_path: Path, whole: str, data: st.DataObject) -> None:
    content = bytearray(whole.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    name = data.draw(st.sampled_from(["a.html", "a.xml", "a.md", "a.json", "a.warc"]))
    for item in read(write(tmp_path / name, bytes(content))):
        assert isinstance(item, SourceArticle | Reject)


def test_an_alias_of_yaml_does_not_multiply_a_text(tmp_path: Path) -> None:
    front_matter = f"source: &a {'x' * 20_000}\nauthor: [{', '.join(['*a'] * 5_000)}]"
    article = only(write(tmp_path / "a.md", f"---\n{front_matter}\n---\n# {TITLE}\n\n{BODY}\n")).article
    assert len(article.author or "") < 2**17


def test_a_map_of_parquet_can_be_stored(tmp_path: Path) -> None:
    cells = pyarrow.array([[("k", b"\xff")]], type=pyarrow.map_(pyarrow.string(), pyarrow.binary()))
    parquet.write_table(pyarrow.table({"id": ["1"], "text": [BODY], "more": cells}), tmp_path / "a.parquet")
    article = only(tmp_path / "a.parquet").article
    assert json.loads(TypeAdapter(Article).dump_json(article))["extra"] == {"more": [["k", "\ufffd"]]}


def test_a_bomb_of_parquet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_input, "_RATIO_CHECKED_FROM_BYTES", 2**20)
    parquet.write_table(pyarrow.table({"id": ["1"] * 100, "text": ["x" * 2**16] * 100}), tmp_path / "a.parquet")
    (reject,) = read(tmp_path / "a.parquet")
    assert isinstance(reject, Reject)
    assert "decompresses to more than 250 times its size" in reject.reason


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_pages_before_the_bomb_in_an_archive_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(open_input, "_RATIO_CHECKED_FROM_BYTES", 2**20)
    content = warc_record("http://example.org/1", PAGE.encode(), "text/html") * 3
    bomb = warc_record("http://example.org/2", b" " * 2**24)
    *articles, reject = read(write(tmp_path / "a.warc.gz", pack(content) + pack(bomb)))
    assert isinstance(reject, Reject)
    assert "decompresses to more than 250 times its size" in reject.reason
    assert [isinstance(item, SourceArticle) for item in articles] == [True] * 3


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.warc.gz", "a.txt"])
def test_what_is_compressed_twice_is_refused(tmp_path: Path, name: str) -> None:
    content = gzip.compress(zstd.compress(json.dumps(RECORD).encode()))
    assert read(write(tmp_path / name, content)) == [
        Reject(f"{tmp_path}/{name}", None, "compressed twice; decompress it once")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_entities_of_a_feed_are_refused_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    feed = '<!DOCTYPE rss [<!ENTITY a "aaaa">]>' + FEED.partition("?>")[2]
    (reject,) = read(write(tmp_path / "a.rss", feed.encode(encoding)))
    assert isinstance(reject, Reject)
    assert reject.reason == "declares XML entities, which feeds do not need"
