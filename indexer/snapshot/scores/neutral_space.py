"""The language-neutral space, in which the best paragraph comes first whatever its language.

A multilingual encoder gives every language, and every role (query or passage), a place of its
own: vectors of one language share a large common part, so a query is nearer to any paragraph of
its own language than to the right one of another. The common part is a mean, and it is taken off:

    neutral(v) = unit(v - centre[role][language])

The literature knows it as language-specific centring or mean-shift. A centre is estimated from n
vectors of its language and drawn towards the mean of the languages' centres, the less the more
vectors there are:

    centre = (n * mean + SHRINKAGE * default) / (n + SHRINKAGE)

A language without vectors, and a query whose language cannot be told, get the default itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.errors import SnapshotDamaged

Role = Literal["query", "passage"]
ROLES: tuple[Role, ...] = ("query", "passage")

SHRINKAGE = 16.0
"""Vectors of a language that weigh as much as the default.

Measured on NTREX with 1 to 30 articles of a rare language, alone and among 10,000 paragraphs of a
common one (docs/relevance.md): 16 serves best with one article or three, and costs nothing with
thirty; more than that costs queries in the other language.
"""


@dataclass(frozen=True, slots=True)
class Centres:
    """Centres of one role: `by_language` vectors and the `default`, each shape (dim,), float32."""

    by_language: Mapping[str, FloatArray]
    default: FloatArray

    @classmethod
    def estimate(
        cls, vectors: Mapping[str, Sequence[FloatArray]], dim: int, *, shrinkage: float = SHRINKAGE
    ) -> "Centres":
        """Estimate centres from unit-norm vectors, for each language one or more kinds of them.

        Each kind has shape (n, dim). A language's mean is the mean of its kinds' means, whatever
        their sizes. The default is the mean of the languages' means, weighted by
        n / (n + shrinkage), so that neither a frequent language owns it nor a handful of vectors
        bends it.
        """
        kinds = {language: [kind for kind in some if len(kind)] for language, some in sorted(vectors.items())}
        counted = {language: some for language, some in kinds.items() if some}
        if not counted:
            return cls({}, np.zeros(dim, dtype=np.float32))
        means = {
            language: np.mean([kind.mean(axis=0, dtype=np.float64) for kind in some], axis=0)
            for language, some in counted.items()
        }
        sizes = {language: sum(map(len, some)) for language, some in counted.items()}
        trust = {language: n / (n + shrinkage) for language, n in sizes.items()}
        default = sum(trust[language] * means[language] for language in counted) / sum(trust.values())
        return cls(
            {
                language: (trust[language] * means[language] + (1 - trust[language]) * default).astype(np.float32)
                for language in counted
            },
            np.asarray(default, dtype=np.float32),
        )

    def of(self, language: str | None) -> FloatArray:
        """Return the centre of a language, or the default where there is none."""
        return self.by_language.get(language, self.default) if language is not None else self.default


@dataclass(frozen=True, slots=True)
class NeutralSpace:
    """Centres of both roles; turns raw encoder vectors into neutral ones."""

    query: Centres
    passage: Centres

    def queries(self, vectors: FloatArray, language: str | None) -> FloatArray:
        """Return raw query vectors, shape (..., dim), of one language as neutral ones."""
        return unit(vectors - self.query.of(language))

    def passages(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """Return raw passage vectors, shape (n, dim), of `languages` (n) as neutral ones."""
        neutral = np.empty_like(vectors)
        names = np.asarray(languages)
        for language in sorted(set(languages)):
            rows = names == language
            neutral[rows] = unit(vectors[rows] - self.passage.of(language))
        return neutral

    def save(self, path: Path) -> None:
        """Write all centres to a NumPy archive."""
        arrays: dict[str, FloatArray] = {}
        for role in ROLES:
            centres: Centres = getattr(self, role)
            arrays[f"{role}/default"] = centres.default
            arrays |= {f"{role}/language/{language}": centre for language, centre in centres.by_language.items()}
        with path.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy types keywords as its own flag too

    @classmethod
    def open(cls, path: Path) -> "NeutralSpace":
        """Read what `save` wrote.

        Raises:
            SnapshotDamaged: the file is not such an archive.
        """
        try:
            with np.load(path, allow_pickle=False) as archive:
                roles = {role: _centres(dict(archive), role) for role in ROLES}
        except (OSError, ValueError, KeyError) as error:
            raise SnapshotDamaged(f"{path} does not hold language centres; rebuild the index") from error
        return cls(query=roles["query"], passage=roles["passage"])


def uncentred(dim: int) -> NeutralSpace:
    """Return the space that changes nothing: raw vectors, for comparison."""
    nothing = Centres({}, np.zeros(dim, dtype=np.float32))
    return NeutralSpace(query=nothing, passage=nothing)


def _centres(arrays: Mapping[str, FloatArray], role: Role) -> Centres:
    prefix = f"{role}/language/"
    by_language = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    return Centres(by_language, arrays[f"{role}/default"])
