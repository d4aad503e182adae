"""Which articles tell the same story word for word: one of them and its copies."""

import numpy as np
import numpy.typing as npt

from indexer.snapshot.vector_index import Rows


class Stories:
    """Finds the copies of an article; what stands alone takes no memory."""

    def __init__(self, story: npt.NDArray[np.int32]) -> None:
        """Take the story of every article, shape (n_articles,), as `Columns.story` has it."""
        self._story = story
        copies = np.flatnonzero(story != np.arange(len(story)))
        members = np.union1d(copies, story[copies])
        order = np.argsort(story[members], kind="stable")
        self._members = members[order]
        self._stories = story[self._members]

    def others(self, article_row: int) -> Rows:
        """Return the rows of all other articles of the same story, in order."""
        story = self._story[article_row]
        first = np.searchsorted(self._stories, story, "left")
        last = np.searchsorted(self._stories, story, "right")
        members: Rows = self._members[first:last]
        others: Rows = members[members != article_row]
        return others
