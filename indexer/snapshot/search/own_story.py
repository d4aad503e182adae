"""What is never similar to an article: the article itself and its near-duplicates."""

import numpy as np

from indexer.snapshot.content.columns import paragraph_rows
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import ArticleTarget, Target


def other_stories(snapshot: Snapshot, target: Target) -> Mask | None:
    """Return which paragraphs may be similar to an article, shape (n_paragraphs,): those of other stories.

    None means all paragraphs, for every other target. The article must be one of the version.
    """
    if not isinstance(target, ArticleTarget):
        return None
    own = snapshot.corpus.article_rows([target.article_id])
    copies, _ = snapshot.stories.others(own)
    articles = np.concatenate([np.array(own, dtype=np.int64), copies])
    mask = np.ones(snapshot.corpus.n_paragraphs, dtype=np.bool_)
    rows, _ = paragraph_rows(snapshot.corpus.columns, articles)
    mask[rows] = False
    return mask
