"""Attention as one operator, in a student of the tiny model."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from indexer.encoders import fused_attention
from indexer.encoders.fused_attention import fuse_attention
from indexer.encoders.models import find_model
from indexer.encoders.student.install import write_student_encoder
from indexer.encoders.student.student_folder import StudentFolder
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec
from indexer.snapshot.layout import EncoderLayout

TEXTS = ["oil", "النفط", "why do oil prices rise", "a somewhat longer sentence about the harbour and its museum " * 4]


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]


@pytest.fixture
def installed(student: Path, tiny_model: Path, tmp_path: Path) -> EncoderLayout:
    layout = EncoderLayout(tmp_path / "encoder")
    layout.root.mkdir()
    write_student_encoder(StudentFolder(student), find_model(str(tiny_model)), layout)
    return layout


@pytest.fixture
def spec(student: Path) -> EncoderSpec:
    return StudentFolder(student).read_manifest().spec


@pytest.fixture
def traced(installed: EncoderLayout, student: Path) -> EncoderLayout:
    """Return the layout with the graph as it was traced."""
    installed.onnx.write_bytes(StudentFolder(student).onnx.read_bytes())
    return installed


def test_an_installed_student_has_one_operator_for_each_layer(installed: EncoderLayout, student: Path) -> None:
    traced_operators = operators(StudentFolder(student).onnx)
    assert traced_operators.count("Softmax") == 1
    assert operators(installed.onnx).count("MultiHeadAttention") == 1
    assert "Softmax" not in operators(installed.onnx)
    assert len(operators(installed.onnx)) < 0.8 * len(traced_operators)


def test_the_vectors_stay_what_they_were(traced: EncoderLayout, spec: EncoderSpec) -> None:
    before = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert fuse_attention(traced, spec)
    after = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert np.vecdot(before, after).min() > 0.995
    assert not fuse_attention(traced, spec)  # there is nothing left to replace


def test_a_graph_whose_vectors_would_be_others_is_left_as_it_is(
    traced: EncoderLayout, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = traced.onnx.read_bytes()
    # Attention adds next to nothing in a model that has hardly been trained, so no other graph would be told from it.
    vectors = iter(np.eye(2, dtype=np.float32)[:, None])
    monkeypatch.setattr(fused_attention, "_vectors", lambda *_: next(vectors))
    assert not fuse_attention(traced, spec)
    assert traced.onnx.read_bytes() == content


@pytest.mark.parametrize("operator", ["Softmax", "Transpose", "Concat"])
def test_another_pattern_is_not_taken_for_attention(traced: EncoderLayout, spec: EncoderSpec, operator: str) -> None:
    model = onnx.load(traced.onnx, load_external_data=False)
    for node in model.graph.node:
        if node.op_type == operator:
            node.op_type = "Identity"
    onnx.save(model, traced.onnx)
    content = traced.onnx.read_bytes()
    assert not fuse_attention(traced, spec)
    assert traced.onnx.read_bytes() == content
