"""Stage 2: the words of a query: which paragraphs must not be found, and how well each of the others matches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.index.bm25 import telling_words
from indexer.snapshot.index.vector_index import Mask, Rows
from indexer.snapshot.index.word_index import AnyWord, WordIndex, WordMatches
from indexer.snapshot.search.query import Mode
from indexer.snapshot.text.query_syntax import Phrase, QueryText
from indexer.snapshot.text.word_forms import Forms, attached_forms, word_forms


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """What the words of a query say about paragraphs.

    `passing`, shape (n_paragraphs,), marks those that may be found; None means all. `matches` are those that hold words
    of the query; None where only the meaning counts. `chooses` says whether a phrase or the exact mode has chosen the
    paragraphs: then all of them are what was asked for. `text` is the query as it was read.
    """

    passing: Mask | None = None
    matches: WordMatches | None = None
    chooses: bool = False
    text: QueryText | None = None


NO_EVIDENCE = WordEvidence()


def read_words(
    index: WordIndex[AnyWord], text: QueryText, mode: Mode, in_other_languages: Callable[[], Mask | None]
) -> WordEvidence:
    """Return what the words of a query say: quoted phrases and exclusions hold in every mode.

    `in_other_languages` gives which paragraphs are in another language than the query, shape (n_paragraphs,); None
    where its language is unknown.
    """
    masks = [index.mask(_with_phrase(index, phrase)) for phrase in text.phrases]
    masks += [~index.mask(_with_excluded(index, phrase)) for phrase in text.excluded]
    if mode is Mode.EXACT:
        words = index.look_up(map(word_forms, dict.fromkeys(text.words)))
        masks += [index.mask(index.rows_with(word)) for word in words]
        masks += [] if text.words else [np.zeros(index.n_paragraphs, dtype=np.bool_)]
    passing = np.logical_and.reduce(masks) if masks else None
    matches = None
    if mode is not Mode.SEMANTIC:
        matches = _matches(index, telling_words(index, map(word_forms, text.words)), in_other_languages)
    return WordEvidence(passing, matches, chooses=bool(text.phrases) or mode is Mode.EXACT, text=text)


def _matches(
    index: WordIndex[AnyWord], words: Sequence[AnyWord], in_other_languages: Callable[[], Mask | None]
) -> WordMatches:
    """Return the paragraphs that hold words; in other languages, a number beside other words is not enough.

    Numbers are often the only words of a query that a text in another language can hold, and say little alone: not
    every paragraph with "2016" in it is about "summit 2016".
    """
    others = [word for word in words if not word.forms[0].isdecimal()]
    passing = None
    if len(others) not in {0, len(words)} and (in_other := in_other_languages()) is not None:
        passing = ~in_other
        for word in others:
            passing[index.rows_with(word)] = True
    return index.matches(words, passing)


def highlighted_words(index: WordIndex[Any], text: QueryText) -> tuple[Forms, ...]:
    """Return the words of a query to show where they stand: those that are not common, and those of phrases."""
    telling = telling_words(index, map(word_forms, text.words))
    return (*(word.forms for word in telling), *((word,) for word in chain(*text.phrases)))


def _with_phrase(index: WordIndex[Any], phrase: Phrase) -> Rows:
    """Return the rows of paragraphs with a phrase as it is written; only its first word may have more before it."""
    first, *others = phrase
    return index.with_phrase([attached_forms(first), *((word,) for word in others)])


def _with_excluded(index: WordIndex[Any], phrase: Phrase) -> npt.NDArray[np.integer[Any]]:
    """Return the rows of paragraphs with an excluded phrase, or with any form of an excluded word."""
    if len(phrase) > 1:
        return _with_phrase(index, phrase)
    (word,) = index.look_up([word_forms(phrase[0])])
    return index.rows_with(word)
