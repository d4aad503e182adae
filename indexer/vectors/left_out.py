"""How near paragraphs come to a query whose answer is not in the corpus.

That is known of a query whose answer can be left out. There are two kinds, as long as people's queries are:

- a headline, without its own article, the copies of that, and other reports on its event;
- up to three words of a headline, the rarest one among them, without these articles, and without every article that has
  one of its rare words.

Both are about subjects of the corpus, as queries are that have no answer: the nearest of the other paragraphs are
about something similar. What the best paragraphs of most such queries are below is what an answer has to exceed.

In a corpus that reports one thing many times, later reports stay where a headline was left out, and what is measured is
too high. So the built-in questions, which are about no corpus, are measured as well, and the lower value holds. The
built-in short queries are names that news is hardly ever about, which is easy to tell: they count only where a corpus
has no headlines of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from statistics import fmean
from typing import Any

import numpy as np

from indexer.embedding.query_texts import BANK_LANGUAGES, Headline, query_bank, short_query_bank
from indexer.embedding.query_vectors import QuerySample
from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.content.columns import ArticleRow
from indexer.snapshot.content.events import ArticleEvents
from indexer.snapshot.encoder.query_encoder import FloatArray, QueryEncoder
from indexer.snapshot.index.article_groups import ArticleGroups
from indexer.snapshot.index.vector_index import Rows
from indexer.snapshot.index.word_index import WordIndex
from indexer.snapshot.scores.calibration import ANY_LANGUAGE, BEST_PARAGRAPHS, Calibration, pair_key
from indexer.snapshot.scores.neutral_space import NeutralSpace
from indexer.snapshot.text.query_length import SHORT_WORDS, QueryLength, query_length
from indexer.snapshot.text.word_forms import word_forms
from indexer.snapshot.text.words import words
from indexer.vectors.space import PassageVectors

SHARE_BELOW = 0.88
"""The share of queries without an answer that are told so; docs/relevance.md has the measurements."""

LEAST_QUERIES = 20
"""With fewer queries of a length in all languages, nothing is measured."""

ENOUGH_QUERIES = 100
"""A language with fewer queries of a length is measured together with all others."""

_NO_ROWS: Rows = np.empty(0, dtype=np.int64)

_HEADLINES_PER_LANGUAGE = 200
_RARE = 0.01
"""A word in at most this share of the paragraphs is rare."""

_LEAST_RARE = 5
_BLOCK_VALUES = 1 << 23
"""Cosines that are held at the same time: 32 MiB."""


@dataclass(frozen=True, slots=True)
class LeftOutQuery:
    """A query, its language, and the rows of the articles that it is not to find."""

    text: str
    language: str
    article_rows: Rows


def left_out_headlines(headlines: Iterable[Headline], event: ArticleEvents) -> Iterator[LeftOutQuery]:
    """Yield headlines that are longer than a term, each without its own event."""
    events = ArticleGroups(event)
    for headline in headlines:
        if query_length(headline.text) is not QueryLength.SHORT:
            yield LeftOutQuery(headline.text, headline.language, _event_of(headline, events))


def left_out_terms(
    headlines: Iterable[Headline], event: ArticleEvents, index: WordIndex[Any], passages: PassageVectors
) -> Iterator[LeftOutQuery]:
    """Yield one, two or three words of each headline that has a rare word, in turns, without what is about them."""
    events = ArticleGroups(event)
    limit = max(_RARE * index.n_paragraphs, _LEAST_RARE)
    for number, headline in enumerate(headlines):
        found = list(words(headline.text))
        indexed = index.look_up(word_forms(word.folded) for word in found)
        counts = [index.n_postings(word) for word in indexed]
        rare = [place for place, count in enumerate(counts) if 0 < count <= limit]
        if not rare:
            continue
        rarest = min(rare, key=counts.__getitem__)
        first = max(rarest - number % SHORT_WORDS, 0)
        rows = [index.rows_with(indexed[place]) for place in rare if first <= place <= rarest]
        about = passages.article_rows[np.unique(np.concatenate(rows))]
        text = headline.text[found[first].start : found[rarest].end]
        yield LeftOutQuery(text, headline.language, np.union1d(about, _event_of(headline, events)))


def _built_in(bank: Callable[[str], Sequence[str]]) -> Iterator[LeftOutQuery]:
    """Yield built-in queries of all languages that have some, without leaving anything out."""
    for language in BANK_LANGUAGES:
        yield from (LeftOutQuery(text, language, _NO_ROWS) for text in bank(language))


def _event_of(headline: Headline, events: ArticleGroups) -> Rows:
    """Return the rows of the article of a headline and of all others about its event, its copies among them."""
    others, _ = events.others([ArticleRow(headline.article_row)])
    return np.append(others, headline.article_row)


@dataclass(frozen=True, slots=True)
class ConfidenceSample:
    """Queries without an answer, with which confidence is calibrated: of the corpus and built in, longer and short."""

    usual: Sequence[LeftOutQuery]
    built_in: Sequence[LeftOutQuery]
    short: Sequence[LeftOutQuery]
    built_in_short: Sequence[LeftOutQuery]

    @classmethod
    def of(
        cls, queries: QuerySample, event: ArticleEvents, index: WordIndex[Any], passages: PassageVectors
    ) -> "ConfidenceSample":
        """Take the queries that the headlines of a corpus give."""
        headlines = [
            queries.headlines[row]
            for language in queries.languages
            for row in evenly_spaced(queries.headline_rows(language), _HEADLINES_PER_LANGUAGE)
        ]
        return cls(
            usual=list(left_out_headlines(headlines, event)),
            built_in=list(_built_in(query_bank)),
            short=list(left_out_terms(headlines, event, index, passages)),
            built_in_short=list(_built_in(short_query_bank)),
        )


@dataclass(frozen=True, slots=True)
class NeutralPassages:
    """The neutral `vectors` of all paragraphs by row, shape (n, dim), float32, and what the paragraphs are."""

    vectors: FloatArray
    passages: PassageVectors


def calibrate_confidence(
    calibration: Calibration,
    space: NeutralSpace,
    neutral: NeutralPassages,
    sample: ConfidenceSample,
    encoder: QueryEncoder,
) -> Calibration:
    """Return a calibration that knows from how many deviations on the best paragraphs answer a query.

    That is measured for each query language, over all paragraphs and over those of each language. Short queries are
    measured if they have a calibration of their own.
    """

    def measure(queries: Sequence[LeftOutQuery]) -> dict[str, float]:
        deviations: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        lengths = [query_length(query.text) for query in queries]
        raw_vectors = encoder.encode_queries([query.text for query in queries])
        vectors = [
            space.queries(vector, query.language, length)
            for query, length, vector in zip(queries, lengths, raw_vectors, strict=True)
        ]
        for query, length, cosines in zip(queries, lengths, _nearest(vectors, neutral, queries), strict=True):
            own = calibration.of(length)
            for spoken, some in ((ANY_LANGUAGE, cosines), *((name, {name: cosines[name]}) for name in cosines)):
                deviations[query.language, spoken].append(_deviations_of_best(own, query.language, some))
        return _least_deviations(deviations)

    usual, built_in = measure(sample.usual), measure(sample.built_in)
    lower = {
        pair: min(each[pair] for each in (usual, built_in) if pair in each) for pair in sorted({*usual, *built_in})
    }
    if calibration.short is None:
        return replace(calibration, confident_from=lower)
    short = measure(sample.built_in_short) | measure(sample.short)
    return replace(calibration, confident_from=lower, short=replace(calibration.short, confident_from=short))


def _nearest(
    vectors: Sequence[FloatArray], neutral: NeutralPassages, queries: Sequence[LeftOutQuery]
) -> Iterator[Mapping[str, FloatArray]]:
    """Yield for each query the greatest cosines of each language, in no order, without the articles left out."""
    passages, transposed = neutral.passages, neutral.vectors.T
    columns = {language: np.flatnonzero(passages.languages == language) for language in passages.present_languages}
    block = max(_BLOCK_VALUES // max(len(neutral.vectors), 1), 1)
    for start in range(0, len(queries), block):
        cosines = np.array(vectors[start : start + block]) @ transposed
        for row, query in zip(cosines, queries[start : start + block], strict=True):
            row[np.isin(passages.article_rows, query.article_rows)] = -np.inf
            yield {language: _greatest(row[places]) for language, places in columns.items()}


def _greatest(values: FloatArray) -> FloatArray:
    return np.partition(values, -BEST_PARAGRAPHS)[-BEST_PARAGRAPHS:] if len(values) > BEST_PARAGRAPHS else values


def _deviations_of_best(calibration: Calibration, language: str, cosines: Mapping[str, FloatArray]) -> float:
    """Return how many deviations the paragraphs with the best scores are above unrelated ones, on average."""
    scores = [
        (float(cosine) * calibration.scale(language, each), each)
        for each, own in cosines.items()
        for cosine in own[np.isfinite(own)]
    ]
    best = nlargest(BEST_PARAGRAPHS, scores)
    return fmean(calibration.deviations(score, language, each) for score, each in best) if best else 0.0


def _least_deviations(by_pair: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, float]:
    """Return what most queries of each pair of languages are below, where there are enough of them."""
    together: defaultdict[bool, list[float]] = defaultdict(list)
    for (_, spoken), values in by_pair.items():
        together[spoken == ANY_LANGUAGE] += values
    if len(together[True]) < LEAST_QUERIES:
        return {}
    least = {}
    for (language, spoken), values in sorted(by_pair.items()):
        sample = values if len(values) >= ENOUGH_QUERIES else together[spoken == ANY_LANGUAGE]
        least[pair_key(language, spoken)] = round(float(np.quantile(sample, SHARE_BELOW)), 4)
    return least
