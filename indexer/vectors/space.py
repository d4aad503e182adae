"""From raw vectors to the neutral space of a corpus and the calibration of its scores."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.embedding.query_vectors import QuerySample
from indexer.embedding.sampling import evenly_spaced
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.scores.calibration import DEFAULT_SHORT, BackgroundCosines, Calibration
from indexer.snapshot.scores.neutral_space import Centres, NeutralSpace
from indexer.snapshot.text.query_length import QueryLength

_CALIBRATION_HEADLINES = 200
_CALIBRATION_PARAGRAPHS = 2_000


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """All paragraphs by row: raw vectors, shape (n, dim), float32; languages, shape (n,); article rows, shape (n,)."""

    vectors: FloatArray
    languages: npt.NDArray[np.str_]
    article_rows: npt.NDArray[np.int32]

    @property
    def present_languages(self) -> list[str]:
        """Languages that have a paragraph."""
        return sorted(set(self.languages.tolist()))


def estimate_space(
    passages: PassageVectors, queries: QuerySample, shrinkage: float, *, is_student: bool = False
) -> NeutralSpace:
    """Estimate the centres of both roles for every language that has vectors.

    `is_student` says that a student encodes the queries. It leaves vectors of short queries as they are, which are
    neutral already, and gives queries that are sentences a centre of their own.
    """
    dim = passages.vectors.shape[1]
    vectors = {name: [passages.vectors[passages.languages == name]] for name in passages.present_languages}
    passage = Centres.estimate(vectors, dim, shrinkage=shrinkage)
    query = query_centres(queries, dim, shrinkage)
    sentence = sentence_centres(queries, query, shrinkage) if is_student else None
    return NeutralSpace(query, passage, is_student, sentence)


def query_centres(queries: QuerySample, dim: int, shrinkage: float) -> Centres:
    """Estimate the query centre of each language; its headlines and its query bank have equal weight."""
    kinds = {
        language: [
            queries.headline_vectors[queries.headline_rows(language)],
            *([queries.bank[language]] if language in queries.bank else []),
        ]
        for language in queries.languages
    }
    return Centres.estimate(kinds, dim, shrinkage=shrinkage)


def sentence_centres(queries: QuerySample, query: Centres, shrinkage: float) -> Centres:
    """Estimate the centre of sentences of each language.

    The default is the mean over languages, shrunk towards the default of `query` centres if there are few sentences at
    all. A language of few sentences is shrunk towards the default, and one without any has it: a student's sentences of
    two languages have more in common than its sentences and questions of one.
    """
    n = sum(map(len, queries.sentences.values()))
    if n == 0:
        return query
    kinds = {language: [vectors] for language, vectors in queries.sentences.items()}
    mean = Centres.estimate(kinds, len(query.default), shrinkage=shrinkage).default
    default = _shrunk(mean, n, query.default, shrinkage)
    by_language = {
        language: _shrunk(vectors.mean(axis=0), len(vectors), default, shrinkage)
        for language, vectors in queries.sentences.items()
    }
    return Centres(by_language, default)


def _shrunk(mean: FloatArray, n: int, towards: FloatArray, shrinkage: float) -> FloatArray:
    weight = n / (n + shrinkage)
    return (weight * mean + (1 - weight) * towards).astype(np.float32)


def neutral_queries(space: NeutralSpace, queries: QuerySample) -> FloatArray:
    """Return the neutral vectors of all query-like texts, shape (n, dim), float32, unit norm."""
    blocks = [
        space.queries(vectors, language)
        for language in queries.languages
        for vectors in (queries.headline_vectors[queries.headline_rows(language)], queries.bank.get(language))
        if vectors is not None
    ]
    return np.concatenate(blocks)


def calibrate(
    space: NeutralSpace,
    neutral_passages: FloatArray,
    passages: PassageVectors,
    queries: QuerySample,
    *,
    equalised: bool = True,
) -> Calibration:
    """Measure the cosines of unrelated queries and paragraphs, for each pair of languages.

    `neutral_passages`, shape (n, dim), are the neutral vectors of the paragraphs, by row. A headline
    and a paragraph count as unrelated unless they belong to one article. The level is measured with the
    built-in queries, or with the headlines for a query language that has no built-in ones. Where there are built-in
    short queries, short queries are calibrated apart.
    """
    unrelated: dict[tuple[str, str], BackgroundCosines] = {}
    unrelated_short: dict[tuple[str, str], BackgroundCosines] = {}
    for passage_language in passages.present_languages:
        rows = evenly_spaced(np.flatnonzero(passages.languages == passage_language), _CALIBRATION_PARAGRAPHS)
        transposed = neutral_passages[rows].T
        for query_language, vectors in queries.short_bank.items():
            cosines = space.queries(vectors, query_language, QueryLength.SHORT) @ transposed
            unrelated_short[query_language, passage_language] = BackgroundCosines(
                cosines.ravel(), cosines.max(axis=1), len(rows)
            )
        for query_language in queries.languages:
            blocks = []
            headline_rows = evenly_spaced(queries.headline_rows(query_language), _CALIBRATION_HEADLINES)
            if headline_rows:
                cosines = space.queries(queries.headline_vectors[headline_rows], query_language) @ transposed
                headline_articles = np.array([queries.headlines[row].article_row for row in headline_rows])
                related = headline_articles[:, None] == passages.article_rows[rows][None, :]
                blocks.append(np.ma.masked_array(cosines, related))
            if query_language in queries.bank:
                cosines = space.queries(queries.bank[query_language], query_language) @ transposed
                blocks.append(np.ma.masked_array(cosines))
            unrelated[query_language, passage_language] = BackgroundCosines(
                cosines=np.concatenate([block.compressed() for block in blocks]),
                best_by_query=blocks[-1].max(axis=1).compressed(),
                n_paragraphs=len(rows),
            )
    short = Calibration.measure(unrelated_short, equalised=equalised, default=DEFAULT_SHORT)
    return Calibration.measure(unrelated, equalised=equalised, short=short if queries.short_bank else None)
