"""One folder of ten formats, with the faults of real exports: every article is found, and every loss is named."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.indexer.articles.test_gather import gathered

LEADS = (
    "أعلنت هيئة الموانئ أن السفن ستعود إلى الرسو في الرصيف الجنوبي بعد انتهاء أعمال الصيانة يوم الخميس المقبل.",
    "The ministry of water said that the dam would be filled by the end of the rainy season, as farmers had asked.",
    "ناقش المجلس البلدي خطة لتشجير الشوارع الرئيسة، وقال رئيسه إن العمل سيبدأ قبل حلول فصل الصيف القادم.",
    "The stock exchange closed early on Tuesday after a fault in its network, and will open again on Wednesday.",
)
BODY = "\n".join(LEADS[:2])


def page(title: str, head: str = "", lead: str = LEADS[0]) -> str:
    return (
        f'<!DOCTYPE html><html lang="ar"><head>{head}<title>{title}</title></head><body>'
        f"<article><h1>{title}</h1><p>{lead}</p><p>{LEADS[2]}</p><p>{LEADS[3]}</p></article></body></html>"
    )


def web_archive(url: str, html: str) -> bytes:
    body = html.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-03-05T10:00:00Z\r\n"
    kind = f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    return gzip.compress((head + kind).encode() + answer + b"\r\n\r\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "news"
    path.mkdir()
    published = '<meta property="article:published_time" content="2026-03-05T12:30:00+03:00">'
    rows = [
        {"id": 7, "title": "&quot;الميناء&quot;", "text": LEADS[0], "published_at": "21/07/2025"},  # a number as id
        {"id": 8, "text": LEADS[1], "published_at": "05/07/2025"},
        {"id": 9, "text": LEADS[2], "published_at": "أمس"},  # "yesterday"
        {"id": 7, "text": LEADS[3], "published_at": "2025-07-22"},
        {"text": LEADS[3]},
    ]
    texts = {
        "dump.jsonl": "\n".join(json.dumps(row) for row in rows),
        "feed.json": json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "الضفة",
                "items": [{"id": "j1", "content_text": LEADS[0]}],
            }
        ),
        "table.csv": f'id,title,text,published_at\n11,Dam,"{LEADS[1]}",07/21/2025\n12,Trees,"{LEADS[2]}",7/5/2025\n',
        "table.tsv": f"id\ttext\n13\t{LEADS[3]}\n",
        "note.txt": f"عنوان قصير\n{BODY}\n",
        "post.md": f"---\ndate: 12 مارس 2025\n---\n# Dam\n\n{LEADS[1]}\n",
        "page.html": page("السفن تعود", '<meta charset="utf-8">' + published),
        "empty.html": "<html><body><p>404</p></body></html>",
        "feed.rss": f'<rss version="2.0"><channel><title>Post</title><item><guid>r1</guid><title>Dam</title>'
        f"<pubDate>Tue, 14 May 2025 09:30:00 GMT</pubDate><description>{LEADS[1]}</description></item></channel></rss>",
        "README.md": "# About this folder\n",
    }
    for name, text in texts.items():
        (path / name).write_text(text, encoding="utf-8")
    (path / "old.html").write_bytes(page("صفحة قديمة", lead=LEADS[2]).encode("cp1256", "replace"))
    pq.write_table(pa.table({"id": [21, 22], "text": [LEADS[0], LEADS[3]]}), path / "archive.parquet")
    (path / "crawl.warc.gz").write_bytes(web_archive("https://example.org/w", page("من الأرشيف", lead=LEADS[3])))
    (path / "photo.jpg").write_bytes(b"\xff\xd8")
    (path / "report.pdf").write_bytes(b"%PDF-1.4")
    return path


def test_every_article_is_found_and_every_loss_is_named(folder: Path) -> None:
    found, result, rejects = gathered(folder)
    assert found == {
        "7": "2025-07-22",
        "8": "2025-07-05",  # as 21/07/2025 shows
        "9": None,
        "j1": None,
        "11": "2025-07-21",
        "12": "2025-07-05",  # as 07/21/2025 shows
        "13": None,
        "note": None,
        "post.md": "2025-03-12",
        "page.html": "2026-03-05T09:30:00Z",
        "old.html": None,
        "r1": "2025-05-14T09:30:00Z",
        "21": None,
        "22": None,
        "https://example.org/w": None,
    }
    counts = result.source_counts
    assert sorted(str(reject["reason"]) for reject in rejects if reject["file"]) == [
        "id '7' comes again at " + f"{folder}/dump.jsonl:4: the last one wins",
        "id: field required; the record has text: say with --map id=NAME which one it is",
        "no article is found in this page",
    ]
    assert (counts.accepted, counts.rejected, counts.repeated) == (16, 2, 1)
    assert [reason.examples[0].split(": ")[0] for reason in counts.undated.values()] == [f"{folder}/dump.jsonl:3"]
    assert counts.unread == {".jpg": 1, ".pdf": 1}
    assert counts.repaired == 1  # the entities of the first record
