"""Row numbers inside a version: which article or paragraph a number stands for."""

from typing import NewType

ArticleRow = NewType("ArticleRow", int)
"""Number of an article, from 0, in order of id."""

ParagraphRow = NewType("ParagraphRow", int)
"""Number of a paragraph, from 0, in order of article row, then position."""
