"""From gathered articles to the corpus of a new version: split, write, mark near-duplicates."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from indexer.articles.duplicates import NearDuplicates, find_near_duplicates
from indexer.articles.split import ParagraphLimit, split_article, split_key
from indexer.articles.spool import Spool
from indexer.reporting.stages import StageTimer
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.content.corpus_writer import CorpusWriter
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.layout import StoreLayout, VersionLayout
from indexer.snapshot.reader import current_manifest


def write_corpus(
    spool: Spool,
    layout: VersionLayout,
    limit: ParagraphLimit,
    published: Corpus | None,
    staging: Path,
    timer: StageTimer,
) -> NearDuplicates:
    """Write all articles with their paragraphs, mark near-duplicates, and return them.

    Articles that `published` has unchanged are not split again. A working file is written to `staging`.
    """
    with CorpusWriter(layout.corpus) as corpus:
        _write_articles(spool, corpus, limit, published)
        timer.end_stage("splitting")
        duplicates = find_near_duplicates(corpus.texts(), staging / "signatures.bin")
        corpus.mark_near_duplicates(duplicates.originals)
        timer.end_stage("finding copies")
    return duplicates


def _write_articles(spool: Spool, corpus: CorpusWriter, limit: ParagraphLimit, published: Corpus | None) -> None:
    source_names = spool.source_names()
    for spooled in spool:
        article, paragraphs, key = spooled.article, spooled.paragraphs, spooled.split_key
        if article.source in source_names:
            article = replace(article, source=source_names[article.source])
        if paragraphs is None or key is None:
            key = split_key(article.blocks, article.language, limit.max_tokens)
            stored = published.article(article.id) if published else None
            if stored is not None and stored.split_key == key:
                paragraphs = stored.paragraphs
            else:
                paragraphs = tuple(split_article(article, limit))
        corpus.add(article, paragraphs, key)


@contextmanager
def published_corpus(store: StoreLayout, fingerprint: str) -> Iterator[Corpus | None]:
    """Yield the published corpus if it is intact and was split for the same encoder, else None."""
    try:
        manifest = current_manifest(store)
        layout = store.version(manifest.version)
        name = layout.corpus.name
        check_files(layout.root, {name: manifest.files[name]})
        published = Corpus(layout.corpus) if manifest.encoder.fingerprint == fingerprint else None
    except StoreError:
        published = None
    with published or nullcontext() as corpus:
        yield corpus
