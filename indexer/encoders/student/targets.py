"""Target vectors of a training: the teacher's vectors, centred by language, and mixed with those of translations.

The passage model gives short texts such as "النفط" and "oil" distant vectors, but long texts and their translations
near ones. A student is trained without this error: both texts of a pair have nearly one target,

    target(text) = unit(neutral(text) + share * neutral(translation)),   neutral(v) = unit(v - centre)

with one centre for each language, apart for short texts and for longer ones. What is left after centring is small:
bare cosines of E5 models all lie between 0.7 and 1, and a student that learns them learns little else than the centre.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.encoders.student.examples import Example, ExampleSource, TrainingText
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

_LEAST_FOR_CENTRE = 1_000
"""Texts of a group whose mean is good enough to be the centre of other texts too."""


@dataclass(frozen=True, slots=True)
class TranslationShares:
    """The share of the translation in the target of a text in the pivot's language, and in that of any other text."""

    in_pivot: float
    in_other: float


TRAINED = TranslationShares(in_pivot=0.6, in_other=1.25)
"""What networks learn (docs/decisions/ has the trials)."""

IN_TABLE = TranslationShares(in_pivot=0.8, in_other=1.0)
"""What tables of phrases keep: exact vectors can be nearer to those of their translations (docs/decisions/)."""


class Targets:
    """Targets of examples, from the teacher's raw vectors of all their texts.

    `rows` has the row of each text in `vectors`, shape (n, dim), float32, unit norm. A group of texts has its centre
    among the `known` ones, else the mean of its own vectors; groups are named by language and length ("en short").
    `centres` are those that are known or come from many texts, each of shape (dim,), float32.
    """

    def __init__(
        self, rows: Mapping[TrainingText, int], vectors: FloatArray, known: Mapping[str, FloatArray] | None = None
    ) -> None:
        self._rows = rows
        self._neutral = unit(vectors)
        self.centres: dict[str, FloatArray] = dict(known or {})
        groups = _groups(rows)
        for group in sorted(set(groups.tolist())):
            members = groups == group
            centre = self.centres.get(group, vectors[members].mean(axis=0))
            self._neutral[members] = unit(vectors[members] - centre)
            if members.sum() >= _LEAST_FOR_CENTRE:
                self.centres.setdefault(group, centre)

    @property
    def dim(self) -> int:
        """The number of components of a target."""
        return int(self._neutral.shape[1])

    def of(self, examples: Sequence[Example], shares: TranslationShares = TRAINED) -> FloatArray:
        """Return the targets of examples, shape (n, dim), float32, unit norm."""
        own = self._neutral[[self._rows[example.text] for example in examples]]
        translated = [number for number, example in enumerate(examples) if example.translation is not None]
        mixed_in = np.array(
            [shares.in_pivot if examples[number].is_pivot else shares.in_other for number in translated],
            dtype=np.float32,
        )
        rows = [self._rows[text] for number in translated if (text := examples[number].translation) is not None]
        mixed = own.copy()
        if translated:
            mixed[translated] += mixed_in[:, None] * self._neutral[rows]
        return unit(mixed)


def texts_of(sources: Sequence[ExampleSource]) -> dict[TrainingText, int]:
    """Return all texts of examples, each once, with a row number."""
    texts: dict[TrainingText, int] = {}
    for source in sources:
        for example in source.examples:
            for text in (example.text, example.translation):
                if text is not None:
                    texts.setdefault(text, len(texts))
    return texts


def _groups(rows: Mapping[TrainingText, int]) -> npt.NDArray[np.str_]:
    return np.array([f"{text.language} {'short' if text.is_short else 'long'}" for text in rows])
