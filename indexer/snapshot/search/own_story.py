"""What is never similar to an article: the article itself and its near-duplicates."""

import numpy as np

from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import ArticleTarget, Target


def without_own_story(
    snapshot: Snapshot, target: Target, passing: PassingParagraphs | None
) -> PassingParagraphs | None:
    """Return the paragraphs that may be found for a target: for an article, those of `passing` in other stories.

    None means all paragraphs. The article must be one of the version.
    """
    if not isinstance(target, ArticleTarget):
        return passing
    own = snapshot.corpus.article_rows([target.article_id])
    articles = np.concatenate([np.array(own, dtype=np.int64), *map(snapshot.stories.others, own)])
    rows = _paragraphs_of(articles, snapshot)
    columns, index = snapshot.corpus.columns, snapshot.index
    masks: dict[str, Mask] = {}
    for language, of_language in index.rows.items():
        if passing is None or language in passing.masks:
            mask = np.ones(len(of_language), dtype=np.bool_) if passing is None else passing.masks[language].copy()
            spoken = columns.paragraph_language[rows] == columns.languages.index(language)
            mask[index.places[rows[spoken]]] = False
            masks[language] = mask
    return PassingParagraphs.of_masks(masks)


def _paragraphs_of(articles: Rows, snapshot: Snapshot) -> Rows:
    """Return the rows of all paragraphs of some articles."""
    of_paragraph = snapshot.corpus.columns.article_of_paragraph
    wanted = articles.astype(of_paragraph.dtype)  # another type would convert every paragraph
    starts, ends = np.searchsorted(of_paragraph, wanted, "left"), np.searchsorted(of_paragraph, wanted, "right")
    return np.concatenate([np.arange(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
