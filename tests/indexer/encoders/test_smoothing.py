"""Smoothing on a small graph with one loud channel: the same function, and far less quantisation error."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from indexer.encoders.smoothing import Feed, smooth
from indexer.snapshot.encoder.query_encoder import FloatArray

CHANNELS = 16
LOUD = 3


@pytest.fixture
def graph() -> onnx.ModelProto:
    """ids -> rows of a table -> two products of them, summed -> a third product + the rows themselves."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(50, CHANNELS)).astype(np.float32)
    table[:, LOUD] *= 60
    arrays = {"table": table} | {
        name: (0.1 * rng.normal(size=(CHANNELS, CHANNELS))).astype(np.float32) for name in ("w1", "w2", "w3")
    }
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["x"]),
        helper.make_node("MatMul", ["x", "w1"], ["a"]),
        helper.make_node("MatMul", ["x", "w2"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["c"]),
        helper.make_node("MatMul", ["c", "w3"], ["d"]),
        helper.make_node("Add", ["d", "x"], ["y"]),
    ]
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", "t", CHANNELS])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    # The newest operator set is often ahead of what the installed run time reads.
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def feeds() -> list[Feed]:
    return [{"ids": np.random.default_rng(seed).integers(0, 50, size=(1, 12))} for seed in range(8)]


def run(model: onnx.ModelProto | Path) -> FloatArray:
    source = str(model) if isinstance(model, Path) else model.SerializeToString()
    session = onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["y"], dict(feed))[0] for feed in feeds()])


def quantised(model: onnx.ModelProto, folder: Path) -> FloatArray:
    full, small = folder / "full.onnx", folder / "small.onnx"
    onnx.save(model, full)
    # Products with signed weights saturate on processors without VNNI, and that would hide what is measured.
    quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QUInt8, op_types_to_quantize=["MatMul"])
    return run(small)


def test_graph_gives_the_same_numbers_and_is_still_valid(graph: onnx.ModelProto, tmp_path: Path) -> None:
    before = run(graph)
    smooth(graph, feeds(), tmp_path / "probed.onnx")
    onnx.checker.check_model(graph)
    assert run(graph) == pytest.approx(before, rel=1e-4, abs=1e-4)


def test_one_division_for_each_input_of_products(graph: onnx.ModelProto, tmp_path: Path) -> None:
    smooth(graph, feeds(), tmp_path / "probed.onnx")
    assert [node.op_type for node in graph.graph.node].count("Mul") == 2  # x, read twice, and c


def test_matrix_that_two_nodes_read_stays_as_it_is(graph: onnx.ModelProto, tmp_path: Path) -> None:
    third = next(node for node in graph.graph.node if node.input[0] == "c")
    third.input[1] = "w1"
    before = run(graph)
    smooth(graph, feeds(), tmp_path / "probed.onnx")
    assert run(graph) == pytest.approx(before, rel=1e-4, abs=1e-4)
    assert [node.op_type for node in graph.graph.node].count("Mul") == 1  # for w2 alone


def test_loud_channel_no_longer_drowns_the_others_in_eight_bits(graph: onnx.ModelProto, tmp_path: Path) -> None:
    exact = run(graph)
    plain = np.abs(quantised(graph, tmp_path) - exact).mean()
    smooth(graph, feeds(), tmp_path / "probed.onnx")
    assert np.abs(quantised(graph, tmp_path) - exact).mean() < plain / 2
