"""The fields of articles and paragraphs that filters and grouping read, as arrays by row."""

from dataclasses import dataclass
from typing import NewType

import numpy as np
import numpy.typing as npt

ArticleRow = NewType("ArticleRow", int)
"""Number of an article in a version, from 0, in order of id."""

ParagraphRow = NewType("ParagraphRow", int)
"""Number of a paragraph in a version, from 0, in order of article row, then position."""

NO_TIMESTAMP = np.iinfo(np.int64).min
"""The value in `Columns.timestamp` of an article without a date; earlier than any date."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry for each row.

    `article_of_paragraph` and `paragraph_language` have shape (n_paragraphs,), int32. The other arrays
    have shape (n_articles,): `language` and `source` are int32 codes into `languages` and `sources`
    (-1 for no source), and so is `paragraph_language`; `timestamp` is int64, Unix seconds; `story`,
    int32, is the row of the article that this one is a near-duplicate of, or its own row; `event`, int32, is the row
    of the first article of its event, or its own row. All articles of a story have one event.
    """

    article_of_paragraph: npt.NDArray[np.int32]
    paragraph_language: npt.NDArray[np.int32]
    language: npt.NDArray[np.int32]
    source: npt.NDArray[np.int32]
    timestamp: npt.NDArray[np.int64]
    story: npt.NDArray[np.int32]
    event: npt.NDArray[np.int32]
    languages: tuple[str, ...]
    sources: tuple[str, ...]
