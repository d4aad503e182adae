import gzip
import json
from pathlib import Path

import pytest

from indexer.snapshot.content.article import Article
from indexer.sources.formats.format import UnreadFile
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources

_BOM = b"\xef\xbb\xbf"


def _line(article_id: str, **fields: object) -> bytes:
    return json.dumps({"id": article_id, "text": "Talks began on Monday.", **fields}, ensure_ascii=False).encode()


def read_jsonl(path: Path) -> list[tuple[int | None, Article | Reject]]:
    """Return line number and article, or reject, of every line."""
    items = [item for item in read_sources([path]) if not isinstance(item, UnreadFile)]
    return [(item.line, item if isinstance(item, Reject) else item.article) for item in items]


def _read(path: Path) -> list[tuple[int | None, str]]:
    """Return line numbers with ids of articles, or with "!" and the reason of rejects."""
    return [(number, item.id if isinstance(item, Article) else f"!{item.reason}") for number, item in read_jsonl(path)]


def _written(folder: Path, content: bytes, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_lines_become_articles_in_order(tmp_path: Path) -> None:
    path = _written(tmp_path, _line("b") + b"\n" + _line("خبر") + b"\n" + _line("a") + b"\n")
    assert _read(path) == [(1, "b"), (2, "خبر"), (3, "a")]


def test_an_article_carries_what_its_line_says(tmp_path: Path) -> None:
    path = _written(tmp_path, _line("a", title="قمة", language="ar", section="عالم", n=None))
    assert list(read_jsonl(path)) == [
        (
            1,
            Article(
                id="a",
                language="ar",
                blocks=("Talks began on Monday.",),
                title="قمة",
                extra={"section": "عالم", "n": None},
            ),
        )
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (_BOM, []),
        (_BOM + b"\r\n" + _line("a"), [(2, "a")]),
        (_line("a"), [(1, "a")]),
        (_BOM + _line("a") + b"\n" + _line("b"), [(1, "a"), (2, "b")]),
        (_line("a") + b"\r\n" + _line("b") + b"\r\n", [(1, "a"), (2, "b")]),
        (b"\n \t\r\n" + _line("a") + b"\n\n" + _line("b"), [(3, "a"), (5, "b")]),
        (b"  " + _line("a") + b"  \n", [(1, "a")]),
    ],
    ids=["empty", "blank", "bom", "bom-crlf", "no-end", "bom-line", "crlf", "gaps", "spaces"],
)
def test_line_ends_blank_lines_and_byte_order_marks(
    tmp_path: Path, content: bytes, expected: list[tuple[int, str]]
) -> None:
    assert _read(_written(tmp_path, content)) == expected


def test_line_separators_inside_a_text_end_no_line(tmp_path: Path) -> None:
    # U+2028 and U+0085 are line breaks to Unicode, not to JSON Lines.
    assert _read(_written(tmp_path, _line("a", title="x\u2028y\u0085z"))) == [(1, "a")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"talks began", "not JSON: Expecting value at column 1"),
        (b'{"id": "a",', "not JSON: Expecting property name enclosed in double quotes at column 12"),
        (b'{"id": "a"} {"id": "b"}', "not JSON: Extra data at column 13"),
        (b"\x00\x00\x00", "not JSON: Expecting value at column 1"),
        (b"[1, 2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"id": "caf\xe9", "text": "Talks."}', "not UTF-8: byte 0xe9 at column 12"),
        ('{"id": "a", "text": "خبر"}'.encode("cp1256"), "not UTF-8: byte 0xce at column 22"),
        (b'{"text": "Talks."}', "id: field required; the record has text: say with --map id=NAME which one it is"),
        (b'{"id": "  ", "text": "Talks."}', "id: is blank"),
        (b'{"id": [7], "text": "Talks."}', "id: input should be a valid string"),
        (b'{"id": "a"}', "text: is missing"),
        (b'{"id": "a", "text": "?!"}', "text: is blank"),
        (
            b'{"id": "a", "text": "Talks.", "language": "English"}',
            "language: 'English' is not a language tag such as en, ar or fr-CA",
        ),
        (b"[" * 100_000, "not JSON that can be read: nested too deeply"),
        (b'{"id": "a", "x": ' + b'{"x":' * 100_000, "not JSON that can be read: nested too deeply"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
def test_a_bad_line_is_a_reject_and_the_next_ones_are_read(tmp_path: Path, line: bytes, reason: str) -> None:
    path = _written(tmp_path, _line("before") + b"\n" + line + b"\n" + _line("after"))
    assert list(read_jsonl(path))[1] == (2, Reject(str(path), 2, reason))
    assert [content for _, content in _read(path)] == ["before", f"!{reason}", "after"]


@pytest.mark.parametrize("end", [b"", b"\n", b"\x00\n"], ids=["end-of-file", "next-line", "nul"])
def test_a_line_cut_inside_a_string_is_a_reject(tmp_path: Path, end: bytes) -> None:
    ((number, item),) = read_jsonl(_written(tmp_path, b'{"id": "a", "text": "Tal' + end))
    assert isinstance(item, Reject)
    assert (number, item.line) == (1, 1)
    assert item.reason.startswith("not JSON: ")


def test_a_number_of_absurd_length_does_not_stop_the_reading(tmp_path: Path) -> None:
    # Python refuses to parse integers of more than 4,300 digits, with an error of its own.
    bad = b'{"id": "a", "text": "Talks.", "views": ' + b"9" * 5_000 + b"}"
    read = _read(_written(tmp_path, bad + b"\n" + _line("after")))
    (number, reason), after = read
    assert (number, after) == (1, (2, "after"))
    assert reason.startswith("!not JSON that can be read: Exceeds the limit")


def test_utf_16_is_rejected_by_its_first_byte(tmp_path: Path) -> None:
    path = _written(tmp_path, "\ufeff{}".encode("utf-16-le"))
    assert _read(path) == [(1, "!not UTF-8: byte 0xff at column 1")]


def test_an_escaped_nul_is_dropped(tmp_path: Path) -> None:
    path = _written(tmp_path, rb'{"id": "a", "text": "nul\u0000byte"}')
    assert list(read_jsonl(path)) == [(1, Article(id="a", language="en", blocks=("nulbyte",)))]


def test_a_compressed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    content = _BOM + _line("a") + b"\r\n\r\nnope\n" + _line("خبر")
    expected = [(1, "a"), (3, "!not JSON: Expecting value at column 1"), (4, "خبر")]
    assert _read(_written(tmp_path, gzip.compress(content), "a.jsonl.gz")) == expected
    # Two compressed files put one after the other are one compressed file.
    halves = gzip.compress(content[:30]) + gzip.compress(content[30:])
    assert _read(_written(tmp_path, halves, "b.jsonl.gz")) == expected


@pytest.mark.parametrize("n_missing", [1, 8, 9])
def test_a_truncated_compressed_file_gives_what_can_be_read_then_a_reject(tmp_path: Path, n_missing: int) -> None:
    compressed = gzip.compress(b"".join(_line(f"a{n}") + b"\n" for n in range(3)), mtime=0)
    path = _written(tmp_path, compressed[:-n_missing], "a.jsonl.gz")
    *articles, (number, last) = read_jsonl(path)
    read = [item.id for _, item in articles if isinstance(item, Article)]
    assert read == ["a0", "a1", "a2"][: len(articles)]
    assert len(read) >= (3 if n_missing <= 8 else 1)
    assert number is None
    reason = "Compressed file ended before the end-of-stream marker was reached"
    assert last == Reject(str(path), None, f"damaged gzip file, not read further: {reason}")


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (gzip.compress(_line("a") + b"\n")[:-8] + b"\0" * 8, "damaged gzip file, not read further: CRC check failed"),
        (gzip.compress(b"\n" + _line("a") + b"\n") + b"junk", "damaged gzip file, not read further: Not a gzipped"),
        (gzip.compress(_line("a"))[:10] + b"\xff" * 50, "damaged gzip file, not read further: Error -3"),
    ],
    ids=["bad-checksum", "junk-after", "bad-block"],
)
def test_a_damaged_compressed_file_is_a_reject(tmp_path: Path, content: bytes, start: str) -> None:
    *_, (number, last) = read_jsonl(_written(tmp_path, content, "a.jsonl.gz"))
    assert number is None
    assert isinstance(last, Reject)
    assert last.line is None
    assert last.reason.startswith(start)
