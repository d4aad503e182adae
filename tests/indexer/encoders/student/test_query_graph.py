"""The graph of a student of the tiny model, as it was traced and as it is served."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from indexer.encoders.models import find_model
from indexer.encoders.query_graph import simplify
from indexer.encoders.query_graph.graph import GraphView, remove_unread
from indexer.encoders.query_graph.simplify import simplify_graph
from indexer.encoders.student.install import write_student_encoder
from indexer.encoders.student.student_folder import StudentFolder
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.python_turn import python_turn

TEXTS = ["oil", "النفط", "why do oil prices rise", "a somewhat longer sentence about the harbour and its museum " * 4]
ALWAYS = {
    "fused attention",
    "no zero points",
    "joined projections",
    "table of positions",
    "no mask",
    "no copies",
    "no norm",
    "sums apart",
}
"""What is changed in any student; which neurons are idle depends on the training."""


def operators(path: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(path, load_external_data=False).graph.node)


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


def test_an_installed_student_has_few_operators(installed: EncoderLayout, student: Path) -> None:
    before, after = operators(StudentFolder(student).onnx), operators(installed.onnx)
    assert (before["Softmax"], before["MatMulInteger"]) == (1, 7)  # six products of its layer, and the last linear map
    assert (after["Softmax"], after["MultiHeadAttention"], after["MatMulInteger"]) == (0, 1, 5)
    assert after.total() < 0.5 * before.total()
    graph = onnx.load(installed.onnx, load_external_data=False).graph
    assert [entry.name for entry in graph.input] == ["input_ids"]
    assert not list(installed.root.glob("*probe*"))


def test_the_vectors_stay_what_they_were(traced: EncoderLayout, spec: EncoderSpec) -> None:
    before = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert set(simplify_graph(traced, spec)) >= ALWAYS
    after = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert np.vecdot(before, after).min() > 0.995
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, atol=1e-6)
    assert simplify_graph(traced, spec) == []  # there is nothing left to change


def test_queries_of_every_length_keep_their_vectors(traced: EncoderLayout, spec: EncoderSpec) -> None:
    texts = ["oil " * n for n in range(spec.max_tokens // 3 + 2)]  # the last ones are cut
    before = OnnxQueryEncoder(traced, spec).encode_queries(texts)
    simplify_graph(traced, spec)
    assert np.vecdot(before, OnnxQueryEncoder(traced, spec).encode_queries(texts)).min() > 0.995


def test_idle_neurons_are_left_out(traced: EncoderLayout, spec: EncoderSpec) -> None:
    model = onnx.load(traced.onnx, load_external_data=False)
    weights = next(
        tensor
        for tensor in model.graph.initializer
        if list(tensor.dims) == [64, 32] and tensor.data_type == TensorProto.INT8
    )
    rows = numpy_helper.to_array(weights).copy()
    rows[::2], rows[-1] = 0, 0  # what 33 of 64 neurons add is nothing
    weights.CopyFrom(numpy_helper.from_array(rows, weights.name))
    onnx.save(model, traced.onnx)
    before = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert "no idle neurons" in simplify_graph(traced, spec)
    shapes = [list(tensor.dims) for tensor in onnx.load(traced.onnx, load_external_data=False).graph.initializer]
    assert [32, 64] not in shapes
    assert any(rows == 32 and neurons <= 31 for rows, neurons in (shape for shape in shapes if len(shape) == 2))
    assert np.vecdot(before, OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)).min() > 0.995


def test_a_constant_that_idle_neurons_add_stays(traced: EncoderLayout, spec: EncoderSpec) -> None:
    model = onnx.load(traced.onnx, load_external_data=False)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name.endswith("intermediate.dense.bias"))
    values = numpy_helper.to_array(bias).copy()
    values[:40] = 0.5
    bias.CopyFrom(numpy_helper.from_array(values, bias.name))
    weights = next(
        tensor
        for tensor in model.graph.initializer
        if list(tensor.dims) == [32, 64] and tensor.data_type == TensorProto.INT8
    )
    columns = numpy_helper.to_array(weights).copy()
    columns[:, :40] = 0  # these neurons give every token the same
    weights.CopyFrom(numpy_helper.from_array(columns, weights.name))
    onnx.save(model, traced.onnx)
    before = OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)
    assert "no idle neurons" in simplify_graph(traced, spec)
    assert np.vecdot(before, OnnxQueryEncoder(traced, spec).encode_queries(TEXTS)).min() > 0.995


def test_a_graph_whose_vectors_would_be_others_is_left_as_it_is(
    traced: EncoderLayout, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = traced.onnx.read_bytes()
    # Attention adds next to nothing in a model that has hardly been trained, so no other graph would be told from it.
    vectors = iter(np.eye(2, dtype=np.float32)[:, None])
    monkeypatch.setattr(simplify, "_vectors", lambda *_: next(vectors))
    assert simplify_graph(traced, spec) == []
    assert traced.onnx.read_bytes() == content


def test_a_graph_that_could_not_be_loaded_is_left_as_it_is(
    traced: EncoderLayout, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(graph: onnx.GraphProto) -> bool:
        graph.node[-1].op_type = "NoSuchOperator"
        return True

    content = traced.onnx.read_bytes()
    monkeypatch.setattr(simplify, "keep_sums_apart", rename)
    assert simplify_graph(traced, spec) == []
    assert traced.onnx.read_bytes() == content


@pytest.mark.parametrize(
    ("operator", "missing"),
    [
        ("Softmax", "fused attention"),
        ("Transpose", "fused attention"),
        ("ReduceSum", "no mask"),
        ("ReduceL2", "no norm"),
        ("LayerNormalization", "table of positions"),
        ("Cast", "joined projections"),
    ],
)
def test_another_pattern_is_not_taken_for_one_that_is_known(
    traced: EncoderLayout, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch, operator: str, missing: str
) -> None:
    model = onnx.load(traced.onnx, load_external_data=False)
    for node in model.graph.node:
        if node.op_type == operator:
            node.op_type = f"{operator}OfAnotherKind"
    # Neither graph can be run, so what is measured on them is left out.
    encoder = OnnxQueryEncoder(traced, spec)
    monkeypatch.setattr(simplify, "OnnxQueryEncoder", lambda *_: encoder)
    monkeypatch.setattr(simplify, "leave_out_idle_neurons", lambda *_: False)
    if operator != "LayerNormalization":
        monkeypatch.setattr(simplify, "tabulate_positions", lambda *_: False)
    onnx.save(model, traced.onnx)
    made = simplify_graph(traced, spec)
    assert missing not in made
    assert set(made) < ALWAYS


def test_other_searches_go_on_while_the_network_runs(
    traced: EncoderLayout, spec: EncoderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, can_go_on = OnnxQueryEncoder(traced, spec), []

    class Session:
        def run(self, *_: object) -> list[FloatArray]:
            with ThreadPoolExecutor(1) as other:
                can_go_on.append(other.submit(_take_turn).result(30))
            return [np.ones((1, spec.dim), dtype=np.float32)]

    monkeypatch.setattr(encoder, "_session", Session())
    with python_turn():
        encoder.encode_queries(TEXTS[:1])
    assert can_go_on == [True]


def _take_turn() -> bool:
    with python_turn():
        return True


def test_dependence_on_an_input_is_not_dependence_on_its_shape() -> None:
    nodes = [
        helper.make_node("Shape", ["ids"], ["shape"]),
        helper.make_node("Gather", ["table", "ids"], ["words"]),
        helper.make_node("Expand", ["one", "shape"], ["ones"]),
        helper.make_node("Add", ["words", "ones"], ["sum"]),
        helper.make_node("Neg", ["mask"], ["unread"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n"]) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.ones(3, dtype=np.float32), name) for name in ("table", "one", "spare")],
    )
    view = GraphView(graph)
    assert view.depends_on("sum", "ids")
    assert not view.depends_on("ones", "ids")
    assert not view.depends_on("sum", "mask")
    assert view.constant("ones") is None
    remove_unread(graph)
    assert [node.op_type for node in graph.node] == ["Shape", "Gather", "Expand", "Add"]
    assert [entry.name for entry in graph.input] == ["ids"]
    assert [tensor.name for tensor in graph.initializer] == ["table", "one"]
