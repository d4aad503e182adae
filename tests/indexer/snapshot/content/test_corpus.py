"""Articles and paragraphs in and out of SQLite."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from indexer.snapshot.content.article import Article, ArticleSummary, Paragraph, PublicationTime
from indexer.snapshot.content.columns import NO_TIMESTAMP, ParagraphRow
from indexer.snapshot.content.corpus import Corpus, Passage
from indexer.snapshot.content.corpus_writer import CorpusWriter
from indexer.snapshot.errors import SnapshotDamaged

FULL = Article(
    id="b",
    language="ar",
    blocks=(),
    title="عنوان",
    url="https://example.org/b",
    source="الضفة",
    author="كاتب",
    published=PublicationTime.parse("2024-05-14"),
    tags=("سياسة", "politics"),
    extra={"desk": "world", "n": [1, None]},
)
SUMMARY = ArticleSummary("b", "عنوان", "ar", "الضفة", "https://example.org/b", "2024-05-14")
BARE = Article(id="a", language="en", blocks=())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with CorpusWriter(tmp_path / "corpus.sqlite") as writer:
        writer.add(BARE, [Paragraph("a:1", 1, None, "one", "en")], "key-a")
        writer.add(FULL, [Paragraph("b:1", 1, None, "two", "en"), Paragraph("b:2", 2, "قسم", "three", "en")], "key-b")
    return tmp_path / "corpus.sqlite"


def test_article_comes_back_whole(path: Path) -> None:
    corpus = Corpus(path)
    stored = corpus.article("b")
    assert stored is not None
    assert stored.article == FULL
    assert stored.paragraphs == (Paragraph("b:1", 1, None, "two", "en"), Paragraph("b:2", 2, "قسم", "three", "en"))
    bare = corpus.article("a")
    assert bare is not None
    assert bare.article == BARE
    assert corpus.article("c") is None
    assert (bare.split_key, stored.split_key) == ("key-a", "key-b")
    assert list(corpus.articles()) == [bare, stored]
    assert corpus.article_rows(["b", "nobody", "a"]) == [1, 0]
    assert corpus.paragraph_ids() == ["a:1", "b:1", "b:2"]
    corpus.close()


def test_hits_and_passages_by_row(path: Path) -> None:
    corpus = Corpus(path)
    assert corpus.hits([ParagraphRow(2)])[0] == (SUMMARY, Paragraph("b:2", 2, "قسم", "three", "en"))
    assert corpus.passage(ParagraphRow(2)) == Passage("عنوان", "قسم", "three")
    assert list(corpus.passages()) == [(None, None, "one"), ("عنوان", None, "two"), ("عنوان", "قسم", "three")]
    assert list(corpus.openings()) == [("en", None, "one"), ("ar", "عنوان", "two")]
    with pytest.raises(IndexError, match="row 3"):
        corpus.hits([ParagraphRow(3)])
    with pytest.raises(IndexError, match="row 3"):
        corpus.passage(ParagraphRow(3))
    corpus.close()


def test_columns_follow_rows(path: Path) -> None:
    corpus = Corpus(path)
    columns = corpus.columns
    assert (corpus.n_articles, corpus.n_paragraphs) == (2, 3)
    assert columns.article_of_paragraph.tolist() == [0, 1, 1]
    assert [columns.languages[code] for code in columns.language] == ["en", "ar"]
    assert columns.source.tolist() == [-1, 0]
    assert columns.sources.shown == ("الضفة",)
    assert columns.timestamp.tolist() == [NO_TIMESTAMP, 1715644800]
    assert (columns.author.tolist(), columns.authors.shown) == ([-1, 0], ("كاتب",))
    assert (columns.tag.offsets.tolist(), columns.tag.codes.tolist()) == ([0, 0, 2], [0, 1])
    assert columns.tags.shown == ("politics", "سياسة")
    corpus.close()


def test_threads_read_at_once(path: Path) -> None:
    corpus = Corpus(path)
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda row: corpus.hits([row % 3])[0][1].text, range(300)))
    assert texts == ["one", "two", "three"] * 100
    corpus.close()


def test_reader_cannot_write(path: Path) -> None:
    corpus = Corpus(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        corpus._db().execute("DELETE FROM article")
    corpus.close()


def test_equal_content_gives_equal_files(path: Path, tmp_path: Path) -> None:
    with CorpusWriter(tmp_path / "again.sqlite") as writer:
        writer.add(BARE, [Paragraph("a:1", 1, None, "one", "en")], "key-a")
        writer.add(FULL, [Paragraph("b:1", 1, None, "two", "en"), Paragraph("b:2", 2, "قسم", "three", "en")], "key-b")
    assert path.read_bytes() == (tmp_path / "again.sqlite").read_bytes()


@pytest.mark.parametrize("tags", ["", "{}", '"a"', "7", "[7]", "[null]", '["a"], ["b"]', '["a"'])
def test_tags_that_no_build_writes_are_refused(path: Path, tags: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE article SET tags = ? WHERE id = 'b'", (tags,))
        db.commit()
    with pytest.raises(SnapshotDamaged, match="cannot be opened"):
        Corpus(path)


def test_file_that_is_no_corpus_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "corpus.sqlite"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(SnapshotDamaged, match=r"corpus\.sqlite"):
        Corpus(path)
