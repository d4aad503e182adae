"""Which examples are read when, and which never."""

import pytest

from indexer.encoders.student.batches import BATCH, Batches, shares
from indexer.encoders.student.examples import Example, ExampleSource, TrainingText


def pair_source(name: str, n: int) -> ExampleSource:
    examples = []
    for number in range(n):
        first, second = TrainingText(f"{name} {number}", "en"), TrainingText(f"كلمة {name} {number}", "ar")
        examples += [Example(first, second), Example(second, first, is_pivot=False)]
    return ExampleSource(name, examples)


SOURCES = [pair_source("large", 2_000), pair_source("small", 20)]


def read(batches: Batches, steps: range) -> list[tuple[str, str]]:
    return [(reading.text, reading.example.text.text) for step in steps for reading in batches.of_step(step)]


def test_a_step_has_the_same_batch_whenever_it_is_asked_for() -> None:
    whole = read(Batches(SOURCES, 0), range(20))
    resumed = read(Batches(SOURCES, 0), range(11, 20))
    assert whole[11 * BATCH :] == resumed
    assert read(Batches(SOURCES, 1), range(1)) != whole[:BATCH]


def test_sources_are_drawn_by_the_square_root_of_their_size() -> None:
    drawn = [text for _, text in read(Batches(SOURCES, 0), range(40))]
    share = sum("small" in text for text in drawn) / len(drawn)
    large_share, small_share = shares([source.examples for source in SOURCES])
    assert large_share == pytest.approx(10 * small_share)  # 4,000 and 40 examples
    assert abs(share - small_share) < 0.02


def test_two_thirds_are_short() -> None:
    short = [Example(TrainingText("oil prices", "en"))] * 100
    longer = [Example(TrainingText("why do oil prices rise", "en"))] * 400
    assert shares([short, short * 4, longer]) == pytest.approx([2 / 9, 4 / 9, 1 / 3])
    assert shares([longer, longer]) == pytest.approx([0.5, 0.5])
    assert shares([short * 200, short * 1_000]) == pytest.approx([0.5, 0.5])  # beyond 20,000 more do not count


def test_what_is_held_back_is_never_read_in_either_language() -> None:
    batches = Batches(SOURCES, 0)
    held_back = {example.text.text for some in batches.held_back.values() for example in some}
    assert 20 <= len(held_back) <= 160  # 2 % of 2,000 pairs, both languages
    arabic = {text.removeprefix("كلمة ") for text in held_back if text.startswith("كلمة ")}
    assert arabic == {text for text in held_back if not text.startswith("كلمة ")}
    assert not held_back & {text for _, text in read(batches, range(80))}


def test_about_half_is_read_in_another_spelling() -> None:
    read_texts = read(Batches(SOURCES, 0), range(16))
    changed = sum(text != original for text, original in read_texts) / len(read_texts)
    assert 0.2 < changed < 0.5  # some rules do not change some texts


def test_a_batch_has_texts_of_similar_length() -> None:
    sources = [ExampleSource("all", [Example(TrainingText("x" * n, "en")) for n in range(1, 400)])]
    batches = Batches(sources, 0)
    spreads = [
        max(lengths) - min(lengths)
        for step in range(8)
        if (lengths := [len(reading.text) for reading in batches.of_step(step)])
    ]
    assert max(spreads) < 120
