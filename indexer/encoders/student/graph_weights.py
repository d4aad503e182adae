"""The weights of a finished student, read back from its int8 graph, so that another training can begin with them.

The graph computes (x * s) @ W', where s are the factors of `smoothing.py` and W' is a matrix of 8-bit numbers with one
scale for each column; the matrix of the network is diag(s) @ W'. What rounding lost, a few steps of training mend.
"""

from collections.abc import Collection
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from indexer.encoders.smoothing import SMOOTHED, SMOOTHING
from indexer.snapshot.errors import UsageError

_MODULES = "modules_in_order."
_QUANTISED, _SCALE = "_quantized", "_scale"


def graph_weights(graph: Path, names: Collection[str]) -> dict[str, torch.Tensor]:
    """Return the weights in a student's graph, float32, that have the `names` of parameters of the network.

    Raises:
        UsageError: the file is not a graph, or lacks some of these weights.
    """
    try:
        model = onnx.load(graph, load_external_data=False)
        tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        weights = {name: _read(tensors, _MODULES + name) for name in names if _MODULES + name in tensors}
        for node in model.graph.node:
            if node.op_type == "MatMulInteger":
                weights[_parameter(node.name, names)] = _matrix(node, tensors)
    except Exception as error:  # the library raises errors of protobuf, of its checker and of the system
        raise UsageError(f"{graph} cannot be read: a training begins from the folder of another") from error
    if set(weights) != set(names):
        raise UsageError(f"{graph} is of a student with another number of layers, or of another model")
    return weights


def _matrix(node: onnx.NodeProto, tensors: dict[str, onnx.TensorProto]) -> torch.Tensor:
    """Return the matrix of a product in full precision, shape (outputs, inputs)."""
    stem = node.input[1].removesuffix(_QUANTISED)
    matrix = _read(tensors, node.input[1]).float() * _read(tensors, stem + _SCALE)
    factors = node.input[0].removesuffix(SMOOTHED + _QUANTISED) + SMOOTHING
    if factors in tensors:
        matrix *= _read(tensors, factors)[:, None]
    return matrix.T.contiguous()


def _read(tensors: dict[str, onnx.TensorProto], name: str) -> torch.Tensor:
    return torch.from_numpy(numpy_helper.to_array(tensors[name]).copy())


def _parameter(product: str, names: Collection[str]) -> str:
    """Return the parameter that a product of the graph reads; an empty string if none of `names` is meant.

    Modules of a sentence-transformers model have numbers. A product is called by the path of modules that leads to it,
    `/modules_in_order.0/encoder/layer.5/output/dense/MatMul_quant`, without the one that wraps the transformer:
    its parameter is `0.model.encoder.layer.5.output.dense.weight`.
    """
    number, *path = product.removeprefix("/" + _MODULES).split("/")[:-1]
    ending = "." + ".".join([*path, "weight"])
    return next((name for name in names if name.startswith(f"{number}.") and name.endswith(ending)), "")
