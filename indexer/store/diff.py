"""What is different between two versions: articles added, changed and removed."""

import hashlib
from dataclasses import dataclass

from indexer.snapshot.content.corpus import Corpus, StoredArticle
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version


@dataclass(frozen=True, slots=True)
class Diff:
    """Ids of articles, in order; an article has changed when any of its fields or paragraphs has."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def compare(old: Corpus, new: Corpus) -> Diff:
    """Compare two corpora article by article."""
    before, after = _contents(old), _contents(new)
    return Diff(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(one for one in before.keys() & after.keys() if before[one] != after[one])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def compare_versions(store: StoreLayout, old: str, new: str) -> Diff:
    """Compare two versions of a store.

    Raises:
        StoreError: one of them does not exist or cannot be trusted.
    """
    corpora: list[Corpus] = []
    try:
        for version in (old, new):
            check_version(store, version)
            corpora.append(Corpus(store.version(version).corpus))
        return compare(*corpora)
    finally:
        for corpus in corpora:
            corpus.close()


def _contents(corpus: Corpus) -> dict[str, bytes]:
    return {stored.article.id: _digest(stored) for stored in corpus.articles()}


def _digest(stored: StoredArticle) -> bytes:
    # Fields of `extra` come in order of name from every version, so equal articles look alike.
    return hashlib.sha256(repr((stored.article, stored.paragraphs)).encode()).digest()
