"""The model as sentence-transformers runs it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.snapshot.python_turn import python_turn


def test_other_searches_go_on_while_the_model_runs(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, went_on = SentenceTransformersEncoder.load(find_model(str(tiny_model)), precision="fp32"), []

    def encode(*_arguments: object, **_options: object) -> torch.Tensor:
        with ThreadPoolExecutor(1) as other:
            went_on.append(other.submit(_take_turn).result(30))
        return torch.ones(1, encoder.spec.dim)

    monkeypatch.setattr(encoder.model, "encode", encode)
    with python_turn():
        encoder.encode_queries(["oil"])
    assert went_on == [True]


TEXTS = (
    "oil",
    "زلزال في المغرب",
    "a longer report of the canal and of all ships that pass it today",
    "no",
    "words " * 600,
)


def test_how_a_text_is_padded_depends_on_no_other_text(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = SentenceTransformersEncoder.load(find_model(str(tiny_model)), precision="fp32")
    shapes: list[tuple[int, ...]] = []
    forward = encoder.model.forward

    def noting_forward(features: Any, *arguments: Any, **options: Any) -> Any:
        shapes.append(tuple(features["input_ids"].shape))
        return forward(features, *arguments, **options)

    monkeypatch.setattr(encoder.model, "forward", noting_forward)
    ids = [encoder.token_ids(text) for text in TEXTS]
    alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
    lengths = [length for _, length in shapes]
    shapes.clear()
    together = encoder.encode_passages(TEXTS)
    assert together == pytest.approx(alone, abs=1e-6)
    assert sorted(length for n, length in shapes for _ in range(n)) == sorted(lengths)
    assert all(length % 8 == 0 or length == encoder.spec.max_tokens for length in lengths)
    assert len(set(lengths)) < len(lengths)  # some share a batch
    assert max(lengths) == encoder.spec.max_tokens
    assert [encoder.token_ids(text) for text in TEXTS] == ids
    assert encoder.encode_passages([]).shape == (0, encoder.spec.dim)


def _take_turn() -> bool:
    with python_turn():
        return True
