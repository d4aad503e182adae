"""From raw vectors to the neutral space of a corpus, and to what its scores mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.embedding.query_texts import Headline, spread
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.scores.calibration import Calibration, UnrelatedCosines
from indexer.snapshot.scores.neutral_space import Centres, NeutralSpace

_CALIBRATION_HEADLINES = 200
_CALIBRATION_PARAGRAPHS = 2_000


@dataclass(frozen=True, slots=True)
class Passages:
    """All paragraphs by row: raw vectors, shape (n, dim), languages (n) and article rows (n)."""

    vectors: FloatArray
    languages: npt.NDArray[np.str_]
    article_rows: npt.NDArray[np.int32]

    @property
    def present(self) -> list[str]:
        """Languages that have a paragraph."""
        return sorted(set(self.languages.tolist()))


@dataclass(frozen=True, slots=True)
class Queries:
    """Query-like texts as the serving encoder sees them: raw vectors of headlines, by row, and of
    the built-in bank, by language; each of shape (n, dim).
    """

    headlines: Sequence[Headline]
    headline_vectors: FloatArray
    bank: Mapping[str, FloatArray]

    @property
    def languages(self) -> list[str]:
        """Languages that have a headline or a bank."""
        return sorted({headline.language for headline in self.headlines} | set(self.bank))

    def headline_rows(self, language: str) -> list[int]:
        """Return the rows of one language's headlines."""
        return [row for row, headline in enumerate(self.headlines) if headline.language == language]


def estimate_space(passages: Passages, queries: Queries, shrinkage: float) -> NeutralSpace:
    """Estimate the centres of both roles for every language that has vectors."""
    dim = passages.vectors.shape[1]
    return NeutralSpace(
        query=query_centres(queries, dim, shrinkage),
        passage=Centres.estimate(
            {language: [passages.vectors[passages.languages == language]] for language in passages.present},
            dim,
            shrinkage=shrinkage,
        ),
    )


def query_centres(queries: Queries, dim: int, shrinkage: float) -> Centres:
    """Estimate the query centre of each language: half its headlines, half its bank."""
    kinds = {
        language: [
            queries.headline_vectors[queries.headline_rows(language)],
            *([queries.bank[language]] if language in queries.bank else []),
        ]
        for language in queries.languages
    }
    return Centres.estimate(kinds, dim, shrinkage=shrinkage)


def neutral_queries(space: NeutralSpace, queries: Queries) -> FloatArray:
    """Return all query-like vectors in the neutral space, shape (n, dim)."""
    blocks = [
        space.queries(vectors, language)
        for language in queries.languages
        for vectors in (queries.headline_vectors[queries.headline_rows(language)], queries.bank.get(language))
        if vectors is not None
    ]
    return np.concatenate(blocks)


def calibrate(
    space: NeutralSpace, placed: FloatArray, passages: Passages, queries: Queries, *, equalised: bool = True
) -> Calibration:
    """Measure how unrelated pairs score, for each pair of languages.

    `placed` are the paragraphs' neutral vectors, by row. A headline and a paragraph count as
    unrelated unless they are of one article. The level is measured with the built-in queries;
    for a query language that has none, with its headlines.
    """
    found: dict[tuple[str, str], UnrelatedCosines] = {}
    for passage_language in passages.present:
        rows = np.array(
            spread(np.flatnonzero(passages.languages == passage_language).tolist(), _CALIBRATION_PARAGRAPHS)
        )
        for query_language in queries.languages:
            blocks = []
            some = spread(queries.headline_rows(query_language), _CALIBRATION_HEADLINES)
            if some:
                asked = space.queries(queries.headline_vectors[some], query_language)
                owners = np.array([queries.headlines[row].article_row for row in some])
                related = owners[:, None] == passages.article_rows[rows][None, :]
                blocks.append(np.ma.masked_array(asked @ placed[rows].T, related))
            if query_language in queries.bank:
                asked = space.queries(queries.bank[query_language], query_language)
                blocks.append(np.ma.masked_array(asked @ placed[rows].T))
            found[query_language, passage_language] = UnrelatedCosines(
                cosines=np.concatenate([block.compressed() for block in blocks]),
                best=blocks[-1].max(axis=1).compressed(),
                n_paragraphs=len(rows),
            )
    return Calibration.measure(found, equalised=equalised)
