"""The difference between two versions: articles added, changed and removed."""

import hashlib
from dataclasses import dataclass

from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version


@dataclass(frozen=True, slots=True)
class CorpusDiff:
    """Article ids, sorted; an article has changed if any of its fields or paragraphs has."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def compare_corpora(old: Corpus, new: Corpus) -> CorpusDiff:
    """Compare two corpora article by article."""
    before, after = _article_digests(old), _article_digests(new)
    return CorpusDiff(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(key for key in before.keys() & after.keys() if before[key] != after[key])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def compare_versions(store: StoreLayout, old: str, new: str) -> CorpusDiff:
    """Compare two versions of a store.

    Raises:
        StoreError: one of them does not exist or cannot be trusted.
    """
    for version in (old, new):
        check_version(store, version)
    with Corpus(store.version(old).corpus) as before, Corpus(store.version(new).corpus) as after:
        return compare_corpora(before, after)


def _article_digests(corpus: Corpus) -> dict[str, bytes]:
    # Every version stores the fields of `extra` in order of name, so equal articles have equal representations.
    return {
        stored.article.id: hashlib.sha256(repr((stored.article, stored.paragraphs)).encode()).digest()
        for stored in corpus.articles()
    }
