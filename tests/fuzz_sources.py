"""Coverage-guided fuzzing of everything that reads articles, started by hand.

    pip install atheris
    python -m tests.fuzz_sources -max_total_time=600 some-corpus-folder/

The options are libFuzzer's. Any bytes must give articles and rejects; everything else is a crash, and libFuzzer keeps
its input. `tests/indexer/sources/formats/test_formats.py` has a smaller test of this kind, by hypothesis.
"""

import logging
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["indexer"]):
    from indexer.articles.split import ParagraphLimit, split_article
    from indexer.snapshot.errors import SourceError
    from indexer.sources.formats.format import SourceArticle
    from indexer.sources.parsing.reject import Reject
    from indexer.sources.walk import read_sources

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


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as _name:  # noqa: S108
        _folder = Path(_name)
        atheris.Setup(sys.argv, read)
        atheris.Fuzz()
