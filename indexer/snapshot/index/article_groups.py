"""Groups of articles: a story (an article and its near-duplicates), or an event (articles in any language)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.index.vector_index import Rows

_NONE: Rows = np.empty(0, dtype=np.int64)


class ArticleGroups:
    """Finds the other articles of a group; articles that are alone, which most are, take no memory."""

    def __init__(self, first: npt.NDArray[np.int32]) -> None:
        """Take the row of the first article of each article's group, shape (n_articles,).

        `Columns.story` and `Columns.event` are such arrays.
        """
        followers = np.flatnonzero(first != np.arange(len(first)))
        members = np.union1d(followers, first[followers])
        members = members[np.argsort(first[members], kind="stable")]
        ends = np.flatnonzero(np.diff(first[members])) + 1
        self._members_of = {row: together for together in np.split(members, ends) for row in together.tolist()}

    def others(self, articles: Sequence[ArticleRow]) -> tuple[Rows, Rows]:
        """Return the rows of all other articles of the groups of some articles, and for each the place of its article.

        Both have shape (n,); the others of one article follow each other, in order.
        """
        groups = [self._members_of.get(article, _NONE) for article in articles]
        sizes = [len(group) for group in groups]
        if not any(sizes):
            return _NONE, _NONE
        members, owner = np.concatenate(groups), np.repeat(np.arange(len(groups)), sizes)
        others = members != np.asarray(articles)[owner]
        return members[others], owner[others]
