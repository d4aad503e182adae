"""What a search will cost, before it is made: mostly the characters that it encodes."""

from indexer.snapshot.search.opening import MAX_CHARS, opening
from indexer.snapshot.search.query import ArticleTarget, LongTextTarget, Query, Sort, Target
from indexer.snapshot.text.normalisation import for_query_encoder
from search_api.access.admission import SMALL_PRICE

_ENCODED_PARAGRAPH_CHARS = 500
"""The characters of a paragraph whose sentences are encoded as queries, about."""

_HIGHLIGHT_PRICE = 5
"""Comparing the sentences of a paragraph with the static encoder."""

_SORT_PRICE = 100
"""Ranking all candidates, and not those of a page alone."""


def search_price(query: Query, *, has_static_encoder: bool) -> float:
    """Return the price of a search in the unit of `SMALL_PRICE`; without a static encoder, highlights encode a page."""
    of_highlight = _HIGHLIGHT_PRICE if has_static_encoder else _ENCODED_PARAGRAPH_CHARS
    of_hit = query.n_paragraphs + (of_highlight if query.highlight else 0)
    of_facets = SMALL_PRICE * len(query.facets)
    of_order = 0 if query.sort is Sort.RELEVANCE else _SORT_PRICE
    return SMALL_PRICE + _encoded_chars(query.target) + query.offset + query.k * of_hit + of_order + of_facets


def _encoded_chars(target: Target) -> int:
    if isinstance(target, ArticleTarget):
        return MAX_CHARS  # at most: what it is, is not known before the article is read
    text = opening(target.text) if isinstance(target, LongTextTarget) else target.text
    # Folding comes first, because one sign may stand for a sentence (U+FDFA has 18 letters).
    return len(for_query_encoder(text))
