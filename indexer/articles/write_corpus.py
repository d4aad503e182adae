"""From gathered articles to the corpus of a new version: split, written, copies marked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.articles.duplicates import Copies, find_copies
from indexer.articles.paragraph_limit import ParagraphLimit
from indexer.articles.split import split_article, split_key
from indexer.articles.spool import Spool
from indexer.reporting.stages import Stages
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.content.corpus_writer import CorpusWriter
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import read_manifest
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_version


def write_corpus(
    spool: Spool, layout: VersionLayout, limit: ParagraphLimit, published: Corpus | None, staging: Path, stages: Stages
) -> Copies:
    """Write all articles with their paragraphs, and mark which are copies of others."""
    with CorpusWriter(layout.corpus) as corpus:
        _write_articles(spool, corpus, limit, published)
        stages.ended("splitting")
        copies = find_copies(corpus.texts(), staging / "signatures.bin")
        corpus.mark_copies(copies.of)
        stages.ended("finding copies")
    return copies


def _write_articles(spool: Spool, corpus: CorpusWriter, limit: ParagraphLimit, published: Corpus | None) -> None:
    """Write all articles with their paragraphs; those that `published` has unchanged are not split again."""
    for spooled in spool:
        article, paragraphs, key = spooled.article, spooled.paragraphs, spooled.split_key
        if paragraphs is None or key is None:
            key = split_key(article.blocks, article.language, limit.max_tokens)
            known = published.article(article.id) if published else None
            if known is not None and known.split_key == key:
                paragraphs = known.paragraphs
            else:
                paragraphs = tuple(split_article(article, count_tokens=limit.count_tokens, max_tokens=limit.max_tokens))
        corpus.add(article, paragraphs, key)


@contextmanager
def published_corpus(store: StoreLayout, fingerprint: str) -> Iterator[Corpus | None]:
    """Yield the published corpus where it was split for the same encoder and is intact, else None."""
    try:
        layout = store.version(current_version(store))
        manifest = read_manifest(layout.manifest)
        name = layout.corpus.name
        check_files(layout.root, {name: manifest.files[name]})
        published = Corpus(layout.corpus) if manifest.encoder.fingerprint == fingerprint else None
    except StoreError:
        published = None
    try:
        yield published
    finally:
        if published is not None:
            published.close()
