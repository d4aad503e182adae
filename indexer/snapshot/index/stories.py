"""Stories: an article and its near-duplicates."""

import numpy as np
import numpy.typing as npt

from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.index.vector_index import Rows

_NONE: Rows = np.empty(0, dtype=np.int64)


class Stories:
    """Finds the near-duplicates of an article; articles without any, which most are, take no memory."""

    def __init__(self, story: npt.NDArray[np.int32]) -> None:
        """Take the story of every article, shape (n_articles,), as `Columns.story` has it."""
        copies = np.flatnonzero(story != np.arange(len(story)))
        members = np.union1d(copies, story[copies])
        members = members[np.argsort(story[members], kind="stable")]
        ends = np.flatnonzero(np.diff(story[members])) + 1
        self._members_of = {row: together for together in np.split(members, ends) for row in together.tolist()}

    def others(self, article_row: ArticleRow) -> Rows:
        """Return the rows of all other articles of the same story, in order."""
        members = self._members_of.get(article_row, _NONE)
        others: Rows = members[members != article_row]
        return others
