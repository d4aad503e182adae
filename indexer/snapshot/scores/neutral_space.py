"""The neutral space, in which the best paragraph comes first whatever its language.

A multilingual encoder places each language, and each role (query or passage), in its own region:
vectors of one language share a large common part, so a query is nearer to any paragraph of its own
language than to the right one of another. The common part is a mean, the centre, and is subtracted:

    neutral(v) = unit(v - centre[role][language])

In the literature this is language-specific centring, or mean shift. A centre is estimated from the n
vectors of its language and shrunk towards the mean of all languages' centres, less the larger n is:

    centre = (n * mean + SHRINKAGE * default) / (n + SHRINKAGE)

A language without vectors gets the default itself, and so does a query of unknown language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.text.language import UNDETERMINED
from indexer.snapshot.text.query_length import QueryLength

Role = Literal["query", "passage"]
ROLES: tuple[Role, ...] = ("query", "passage")

_KEEP_SHORT = "keep_short_queries"
"""An array of the archive, only where it is true."""

_SENTENCE = "sentence"
"""Beside the roles, the centres of queries that are sentences, where there are any."""

SHRINKAGE = 16.0
"""The number of vectors of a language at which its mean has the same weight as the default.

Measured on NTREX with 1 to 30 articles of a rare language, alone and among 10,000 paragraphs of a
common one (docs/relevance.md): 16 gives the best results with one and with three articles, and does no
harm with thirty; a larger value harms queries in the other language.
"""


@dataclass(frozen=True, slots=True)
class Centres:
    """Centres of one role: `by_language` vectors and the `default`, each shape (dim,), float32."""

    by_language: Mapping[str, FloatArray]
    default: FloatArray

    @classmethod
    def zero(cls, dim: int) -> "Centres":
        """Return centres that change nothing."""
        return cls({}, np.zeros(dim, dtype=np.float32))

    @classmethod
    def estimate(
        cls, vectors: Mapping[str, Sequence[FloatArray]], dim: int, *, shrinkage: float = SHRINKAGE
    ) -> "Centres":
        """Estimate centres from unit-norm vectors; each language has one or more kinds of them.

        Each kind has shape (n, dim). The mean of a language is the mean of the means of its kinds,
        whatever their sizes. The default is the mean of the languages' means, weighted by
        n / (n + shrinkage), so that neither a frequent language nor a few vectors dominate it.
        """
        kinds = {language: [kind for kind in kinds if len(kind)] for language, kinds in sorted(vectors.items())}
        kinds = {language: nonempty for language, nonempty in kinds.items() if nonempty}
        if not kinds:
            return cls.zero(dim)
        means = {
            language: np.mean([kind.mean(axis=0, dtype=np.float64) for kind in nonempty], axis=0)
            for language, nonempty in kinds.items()
        }
        sizes = {language: sum(map(len, nonempty)) for language, nonempty in kinds.items()}
        weights = {language: n / (n + shrinkage) for language, n in sizes.items()}
        default = sum(weights[language] * means[language] for language in kinds) / sum(weights.values())
        by_language = {
            language: (weight * means[language] + (1 - weight) * default).astype(np.float32)
            for language, weight in weights.items()
        }
        return cls(by_language, np.asarray(default, dtype=np.float32))

    def of(self, language: str) -> FloatArray:
        """Return the centre of a language, or the default if it has none."""
        return self.by_language.get(language, self.default)


@dataclass(frozen=True, slots=True)
class NeutralSpace:
    """Centres of both roles; turns raw encoder vectors into neutral ones.

    The query centres come from headlines and questions. With `keep_short_queries`, short queries have no centre: a
    student has learned vectors of names, places and terms that are neutral as they are. With `sentence`, queries that
    are sentences have these centres instead.
    """

    query: Centres
    passage: Centres
    keep_short_queries: bool = False
    sentence: Centres | None = None

    def queries(self, vectors: FloatArray, language: str, length: QueryLength = QueryLength.MEDIUM) -> FloatArray:
        """Return the neutral vectors of queries of one language from raw ones, both of shape (..., dim).

        A query of unknown language ("und") can be in any: it gets the default, even where a centre was
        estimated from other texts of unknown language. `length` is that of all of them.
        """
        if length is QueryLength.SHORT and self.keep_short_queries:
            return vectors
        centres = self.sentence if length is QueryLength.SENTENCE and self.sentence else self.query
        return unit(vectors - (centres.default if language == UNDETERMINED else centres.of(language)))

    def passages(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """Return the neutral vectors of passages from raw ones, both of shape (n, dim); `languages` has n tags."""
        neutral = np.empty_like(vectors)
        names = np.asarray(languages)
        for language in sorted(set(languages)):
            rows = names == language
            neutral[rows] = unit(vectors[rows] - self.passage.of(language))
        return neutral

    def save(self, path: Path) -> None:
        """Write all centres to a NumPy archive."""
        arrays: dict[str, npt.NDArray[Any]] = {_KEEP_SHORT: np.array(True)} if self.keep_short_queries else {}
        for role in ROLES:
            arrays |= _arrays(getattr(self, role), role)
        if self.sentence:
            arrays |= _arrays(self.sentence, _SENTENCE)
        with path.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy types keywords as its own flag too

    @classmethod
    def open(cls, path: Path) -> "NeutralSpace":
        """Read the centres that `save` wrote.

        Raises:
            SnapshotDamaged: the file is not such an archive.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                roles = {role: _centres(dict(archive), role) for role in ROLES}
                sentence = _centres(dict(archive), _SENTENCE) if f"{_SENTENCE}/default" in archive else None
                keep_short = _KEEP_SHORT in archive
        except Exception as error:  # numpy, zipfile and zlib each have errors of their own
            raise SnapshotDamaged(f"{path} does not hold language centres; rebuild the index") from error
        return cls(roles["query"], roles["passage"], keep_short, sentence)


def uncentred_space(dim: int) -> NeutralSpace:
    """Return the space with zero centres, in which raw vectors stay as they are: for comparison."""
    return NeutralSpace(query=Centres.zero(dim), passage=Centres.zero(dim))


def _arrays(centres: Centres, name: str) -> dict[str, FloatArray]:
    by_language = {f"{name}/language/{language}": centre for language, centre in centres.by_language.items()}
    return {f"{name}/default": centres.default, **by_language}


def _centres(arrays: Mapping[str, FloatArray], name: str) -> Centres:
    prefix = f"{name}/language/"
    by_language = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    return Centres(by_language, arrays[f"{name}/default"])
