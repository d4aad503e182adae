"""Which articles tell the readers of alerts nothing new, although nobody has offered them before."""

from collections.abc import Sequence

import numpy as np

from indexer.alerts.ledger import Mask
from indexer.snapshot.content.columns import ArticleRow, Columns


def copies_of_offered(new: Mask, hidden: Mask, columns: Columns) -> Mask:
    """Return the articles whose story was offered before with another article, shape (n_articles,).

    `new` says which paragraphs were never offered, shape (n_paragraphs,), and `hidden` which articles are taken down,
    shape (n_articles,): a copy of an article that is not shown any more is news.
    """
    offered_before = np.zeros(len(columns.story), dtype=np.bool_)
    offered_before[columns.article_of_paragraph[~new]] = True
    offered_before &= ~hidden
    story_before = np.zeros(len(columns.story), dtype=np.bool_)
    story_before[columns.story[offered_before]] = True
    copies: Mask = story_before[columns.story] & ~offered_before
    return copies


def reports_in_another_language(alerted: Sequence[ArticleRow], columns: Columns) -> Mask:
    """Return the articles whose event has alerted before, but not in their own language, shape (n_articles,).

    `alerted` are the articles that one saved search has alerted on. Such an article tells its readers in another
    language what they have read. An article in a language in which the event has alerted is no copy (those are left out
    before), so it is a new report: how the event goes on.
    """
    if not alerted:
        return np.zeros(len(columns.event), dtype=np.bool_)
    in_language = columns.event.astype(np.int64) * len(columns.languages) + columns.language
    event_alerted: Mask = np.isin(columns.event, columns.event[alerted])
    repeats: Mask = event_alerted & ~np.isin(in_language, in_language[alerted])
    return repeats
