"""What is never similar to an article: the article itself and its near-duplicates."""

import numpy as np

from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import ArticleTarget, Target


def other_stories(snapshot: Snapshot, target: Target) -> Mask | None:
    """Return which paragraphs may be similar to an article, shape (n_paragraphs,): those of other stories.

    None means all paragraphs, for every other target. The article must be one of the version.
    """
    if not isinstance(target, ArticleTarget):
        return None
    own = snapshot.corpus.article_rows([target.article_id])
    articles = np.concatenate([np.array(own, dtype=np.int64), *map(snapshot.stories.others, own)])
    mask = np.ones(snapshot.corpus.n_paragraphs, dtype=np.bool_)
    mask[_paragraphs_of(articles, snapshot)] = False
    return mask


def _paragraphs_of(articles: Rows, snapshot: Snapshot) -> Rows:
    """Return the rows of all paragraphs of some articles."""
    of_paragraph = snapshot.corpus.columns.article_of_paragraph
    wanted = articles.astype(of_paragraph.dtype)  # another type would convert every paragraph
    starts, ends = np.searchsorted(of_paragraph, wanted, "left"), np.searchsorted(of_paragraph, wanted, "right")
    return np.concatenate([np.arange(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
