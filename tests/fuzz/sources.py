"""Coverage-guided fuzzing of everything that reads articles, started by hand.

    pip install 'khabar[fuzz]'
    python -m tests.fuzz.sources -max_total_time=600 some-corpus-folder/

The options are libFuzzer's. Any bytes must give articles and rejects; everything else is a crash, and libFuzzer keeps
its input. An empty folder gets a small file of each format first, because no fuzzer finds these by itself.
`tests/indexer/sources/formats/test_formats.py` has a smaller test of this kind, by hypothesis.
"""

import gzip
import io
import json
import logging
import sys
import tempfile
from pathlib import Path

import atheris
import pyarrow as pa
import pyarrow.parquet as pq

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

with atheris.instrument_imports(include=["indexer"]):
    from indexer.articles.split import ParagraphLimit, split_article
    from indexer.snapshot.errors import SourceError
    from indexer.sources.formats.format import SourceArticle
    from indexer.sources.parsing.reject import Reject
    from indexer.sources.walk import read_sources

from tests.indexer.sources.formats.test_formats import (
    ATOM,
    BODY,
    FEED,
    JSON_FEED,
    MARKDOWN,
    PAGE,
    RECORD,
    TITLE,
    warc_record,
)

_NAMES = (
    "a.jsonl",
    "a.json",
    "a.csv",
    "a.tsv",
    "a.parquet",
    "a.txt",
    "a.md",
    "a.html",
    "a.xml",
    "a.warc",
    "a.jsonl.gz",
    "a.warc.gz",
    "a.html.zst",
)
_MAX_TOKENS = 50


def read(content: bytes) -> None:
    """Read bytes as one file, whose name the first byte chooses, and split its articles."""
    if not content:
        return
    path = _folder / _NAMES[content[0] % len(_NAMES)]
    path.write_bytes(content[1:])
    try:
        for item in read_sources([path], budget=None):
            if isinstance(item, SourceArticle):
                article = item.article
                split_article(article, ParagraphLimit(_MAX_TOKENS, len))
            elif not isinstance(item, Reject):
                raise TypeError(f"neither an article nor a reject: {item!r}")
    except SourceError:
        pass
    finally:
        path.unlink()


def seeds() -> dict[str, bytes]:
    """Return a small file of each format, by its name."""
    line, page = json.dumps(RECORD).encode() + b"\n", PAGE.encode()
    table, archive = io.BytesIO(), warc_record("https://a.example/1", page)
    pq.write_table(pa.Table.from_pylist([RECORD]), table)
    return {
        "a.jsonl": line * 2,
        "a.json": json.dumps(JSON_FEED).encode(),
        "a.csv": f"id,title,text,date\n1,{TITLE},{BODY},14/05/2024\n".encode(),
        "a.tsv": f"id\ttitle\ttext\n1\t{TITLE}\t{BODY}\n".encode(),
        "a.parquet": table.getvalue(),
        "a.txt": f"{TITLE}\n\n{BODY}\n".encode(),
        "a.md": MARKDOWN.encode(),
        "a.html": page,
        "a.xml": FEED.encode(),
        "b.xml": ATOM.encode(),
        "a.warc": archive,
        "a.jsonl.gz": gzip.compress(line),
        "a.warc.gz": gzip.compress(archive),
        "a.html.zst": zstd.compress(page),
    }


def write_seeds(folder: Path) -> None:
    """Write the seeds as inputs of `read`."""
    for name, content in seeds().items():
        number = _NAMES.index(name.replace("b.", "a."))
        (folder / f"seed-{name}").write_bytes(bytes([number]) + content)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for _corpus in map(Path, sys.argv[1:]):
        if _corpus.is_dir() and not any(_corpus.iterdir()):
            write_seeds(_corpus)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as _name:  # noqa: S108
        _folder = Path(_name)
        atheris.Setup(sys.argv, read)
        atheris.Fuzz()
