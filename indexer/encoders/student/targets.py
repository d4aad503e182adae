"""The vectors that a student learns: the teacher's without what a language adds, between a text and its translation.

The passage model reads "النفط" and "oil" differently, and with long texts it hardly does. A student need not repeat
that: for a pair of translations it learns one direction for both, between the two vectors of the teacher,

    target(text) = unit(neutral(text) + share * neutral(translation)),   neutral(v) = unit(v - centre)

with one centre for each language, apart for short texts and for longer ones. What is left after centring is small:
bare cosines of E5 models all lie between 0.7 and 1, and a student that learns them learns little else than the centre.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from indexer.encoders.student.examples import Example, ExampleSource, TrainingText
from indexer.snapshot.encoder.query_encoder import FloatArray, unit

SHARE_IN_PIVOT = 0.6
"""The share of the translation in the target of a text in the pivot's language (docs/decisions/ has the trials)."""

SHARE_IN_OTHER = 1.25
"""The share of the pivot's text in the target of its translation."""


class Targets:
    """Targets of examples, from the teacher's raw vectors of all their texts.

    `rows` has the row of each text in `vectors`, shape (n, dim), float32, unit norm.
    """

    def __init__(self, rows: Mapping[TrainingText, int], vectors: FloatArray) -> None:
        self._rows = rows
        self._neutral = unit(vectors)
        groups = _groups(rows)
        for group in sorted(set(groups.tolist())):
            members = groups == group
            self._neutral[members] = unit(vectors[members] - vectors[members].mean(axis=0))

    def of(self, examples: Sequence[Example]) -> FloatArray:
        """Return the targets of examples, shape (n, dim), float32, unit norm."""
        own = self._neutral[[self._rows[example.text] for example in examples]]
        translated = [number for number, example in enumerate(examples) if example.translation is not None]
        shares = np.array([SHARE_IN_PIVOT if examples[number].is_pivot else SHARE_IN_OTHER for number in translated])
        rows = [self._rows[text] for number in translated if (text := examples[number].translation) is not None]
        mixed = own.copy()
        if translated:
            mixed[translated] += shares[:, None].astype(np.float32) * self._neutral[rows]
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
