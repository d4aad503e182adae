"""Which examples a student reads at which step: a function of the seed and the step alone, so a run can go on later."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt

from indexer.encoders.student.examples import Example, ExampleSource
from indexer.encoders.student.spelling import spelling_variant

BATCH = 128
_BATCHES_PER_DRAW = 8
"""So many batches are drawn at once and divided by length, so that a batch has little padding."""

_VARIANT_SHARE = 0.5
_MOST_THAT_COUNT = 20_000
_PARTS = {True: 2 / 3, False: 1 / 3}
"""Shares of sources of short texts and of all others."""
_HELD_BACK_SHARE = 0.02
_MOST_HELD_BACK = 2_000


@dataclass(frozen=True, slots=True)
class SpelledExample:
    """A text as the student reads it, perhaps in another spelling, and the example whose target it has."""

    text: str
    example: Example


class Batches:
    """The batches of a run: two thirds of the texts are short, as most queries are (see `shares`).

    `held_back` are examples of all sources, with their translations, that no batch has.
    """

    def __init__(self, sources: Sequence[ExampleSource], seed: int) -> None:
        self._seed = seed
        self.held_back: dict[str, list[Example]] = {}
        self._examples: list[Sequence[Example]] = []
        for source in sources:
            held_back = {_pair_key(example) for example in source.examples if _is_held_back(example, seed)}
            kept = [example for example in source.examples if _pair_key(example) not in held_back]
            if kept:
                self._examples.append(kept)
            out = [example for example in source.examples if _pair_key(example) in held_back]
            self.held_back[source.name] = out[: _MOST_HELD_BACK // len(sources) + 1]
        self._weights = list(accumulate(shares(self._examples)))
        self._drawn: tuple[int, list[list[SpelledExample]]] = (-1, [])

    def of_step(self, step: int) -> list[SpelledExample]:
        """Return the batch of a step."""
        number, place = divmod(step, _BATCHES_PER_DRAW)
        if self._drawn[0] != number:
            self._drawn = (number, self._draw(number))
        return self._drawn[1][place]

    def _draw(self, number: int) -> list[list[SpelledExample]]:
        rng = random.Random(f"{self._seed} draw {number}")
        n = BATCH * _BATCHES_PER_DRAW
        sources = rng.choices(self._examples, cum_weights=self._weights, k=n)
        readings = [_read(rng.choice(examples), rng) for examples in sources]
        readings.sort(key=lambda reading: len(reading.text))
        batches = [readings[start : start + BATCH] for start in range(0, n, BATCH)]
        rng.shuffle(batches)
        return batches


def _read(example: Example, rng: random.Random) -> SpelledExample:
    text, language = example.text.text, example.text.language
    return SpelledExample(spelling_variant(text, language, rng) if rng.random() < _VARIANT_SHARE else text, example)


def _pair_key(example: Example) -> frozenset[str]:
    """Return what an example and its mirror image share; texts that are held back are so in both languages."""
    texts = [example.text] if example.translation is None else [example.text, example.translation]
    return frozenset(text.text for text in texts)


def _is_held_back(example: Example, seed: int) -> bool:
    text = example.text.text if example.is_pivot or example.translation is None else example.translation.text
    return random.Random(f"{seed} held back {text}").random() < _HELD_BACK_SHARE


def shares(sources: Sequence[Sequence[Example]]) -> list[float]:
    """Return the share of each source in what a student reads.

    Sources of short texts have two thirds together, or all if there are no others. Within its part a source has the
    square root of its size, up to 20,000 examples: large lists would otherwise leave no room for small ones, and with
    equal shares the small ones would be repeated too often.
    """
    short = [2 * sum(example.text.is_short for example in examples) > len(examples) for examples in sources]
    weights = [sqrt(min(len(examples), _MOST_THAT_COUNT)) for examples in sources]
    totals = {part: sum(weight for weight, own in zip(weights, short, strict=True) if own is part) for part in _PARTS}
    present = sum(share for part, share in _PARTS.items() if totals[part])
    return [_PARTS[part] / present * weight / totals[part] for weight, part in zip(weights, short, strict=True)]
