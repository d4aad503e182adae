"""The model as sentence-transformers runs it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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


def _take_turn() -> bool:
    with python_turn():
        return True
