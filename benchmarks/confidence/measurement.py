"""Searches with the answers of a query and without them: the articles that are left out are masked."""

from collections.abc import Iterable, Iterator
from functools import reduce
from math import isfinite

import numpy as np

from benchmarks.confidence.queries import KnownQuery
from benchmarks.confidence.records import Case
from indexer.snapshot.index.filters import PassingParagraphs
from indexer.snapshot.index.vector_index import Mask
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.confidence import FIRST_PARAGRAPHS, confidence_margin
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import rank_paragraphs, search
from indexer.snapshot.search.understand import understand
from indexer.snapshot.text.query_length import is_short
from indexer.snapshot.text.query_syntax import read_query
from indexer.snapshot.text.word_forms import word_forms

_POOLS = {"both": ("ar", "en"), "en": ("en",), "ar": ("ar",)}


def measure_confidence(snapshot: Snapshot, corpus: str, queries: Iterable[KnownQuery]) -> Iterator[Case]:
    """Search for each query in the default mode over each pool that has an answer, with and without it."""
    columns = snapshot.corpus.columns
    stored = [one.article for one in snapshot.corpus.articles()]
    ids = np.array([article.id for article in stored])[columns.article_of_paragraph]
    languages = np.array([article.language for article in stored])[columns.article_of_paragraph]
    for query in queries:
        answers, about = np.isin(ids, sorted(query.answers)), np.isin(ids, sorted(query.about))
        holds_words = np.logical_or.reduce([_holds_words(snapshot, text) for text in (query.text, *query.texts)])
        for pool, spoken in _POOLS.items():
            everything = np.isin(languages, spoken)
            if not (answers & everything).any():
                continue
            for passing in (everything, everything & ~about):
                masks = {language: passing[rows] for language, rows in snapshot.index.rows.items()}
                target = TextTarget(query.text, query.language)
                result = search(snapshot, Query(target, k=1), among=masks)
                understood, found = understand(snapshot, target), PassingParagraphs.of_masks(masks)
                best = rank_paragraphs(snapshot, understood, FIRST_PARAGRAPHS, found.masks)
                margin = confidence_margin(snapshot, understood, best, found)
                yield Case(
                    corpus=corpus,
                    query=query.id,
                    language=query.language,
                    is_short=is_short(query.text),
                    pool=pool,
                    has_answer=passing is everything,
                    is_right=bool(result.hits) and result.hits[0].article.id in query.answers,
                    has_words=bool((holds_words & passing).any()),
                    confident=result.confident,
                    margin=round(margin, 4) if isfinite(margin) else None,
                )


def _holds_words(snapshot: Snapshot, text: str) -> Mask:
    """Return which paragraphs hold every word of a text, shape (n_paragraphs,)."""
    nowhere: Mask = np.zeros(snapshot.index.size, dtype=np.bool_)
    index = snapshot.lexical
    if index is None:
        return nowhere
    indexed = index.look_up(map(word_forms, read_query(text).words))
    held = [index.mask(index.rows_with(word)) for word in indexed]
    return reduce(np.logical_and, held) if held else nowhere
