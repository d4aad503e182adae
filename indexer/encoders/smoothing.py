"""Smoothing a graph before it is quantised: outliers move from activations into weights.

Activations are quantised to 8 bits by the range of the whole tensor. In transformers a few channels
are ten times as large as all others, so most values share a handful of levels. Weights are
quantised channel by channel and have room to spare. For each input channel j of a matrix product

    X W = (X / s) (s W),    s_j = max|X_j| ** STRENGTH / max|W_j| ** (1 - STRENGTH)

is the same number with the ranges evened out. The method is SmoothQuant (Xiao et al. 2023,
https://arxiv.org/abs/2211.10438), here with the division as a node of its own: inputs of these
products also feed residual connections, which must not change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import numpy_helper

from indexer.snapshot.encoder.query_encoder import FloatArray

Feed = Mapping[str, npt.NDArray[np.int64]]
"""Inputs of one run of a graph, by name."""

STRENGTH = 0.7
"""How much of the difficulty goes to the weights, 0 to 1.

Measured on multilingual-e5-small: error of query vectors (1 - cosine with full precision) on 400
headlines and queries, mean 0.0006 at 0.7; 0.0023 at 0.5, 0.0012 at 0.9, 0.0030 without smoothing.
"""

_LEAST = 1e-5


def smooth(model: onnx.ModelProto, feeds: Iterable[Feed], scratch: Path) -> None:
    """Even out the ranges of all products with constant matrices in `model`, in place.

    `feeds` are typical inputs; ranges of activations are measured on them, with a model that is
    written to the file `scratch` for it. A matrix that several
    nodes read (some models share one among layers) stays as it is: it cannot suit them all.
    """
    weights = {entry.name: entry for entry in model.graph.initializer}
    readers = Counter(name for node in model.graph.node for name in node.input)
    products: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights and readers[node.input[1]] == 1:
            products.setdefault(node.input[0], []).append(node)
    ranges = _ranges(model, list(products), feeds, scratch)
    divisions = {name: _divide(model, name, ranges[name], some, weights) for name, some in products.items()}
    nodes = list(model.graph.node)
    del model.graph.node[:]
    # A node may only read what stands before it.
    model.graph.node.extend(divisions[entry.name] for entry in model.graph.input if entry.name in divisions)
    for node in nodes:
        model.graph.node.append(node)
        model.graph.node.extend(divisions[name] for name in node.output if name in divisions)


def _ranges(model: onnx.ModelProto, names: list[str], feeds: Iterable[Feed], scratch: Path) -> dict[str, FloatArray]:
    """Return the largest magnitude of each channel of the named tensors, each of shape (channels,)."""
    # Through a file, and the outputs taken off again: copies of a model are what a build has least room for.
    n_outputs = len(model.graph.output)
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    onnx.save(model, scratch)
    del model.graph.output[n_outputs:]
    session = onnxruntime.InferenceSession(scratch, providers=["CPUExecutionProvider"])
    ranges: dict[str, FloatArray] = {}
    for feed in feeds:
        for name, values in zip(names, session.run(names, dict(feed)), strict=True):
            largest = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
            ranges[name] = np.maximum(ranges.get(name, _LEAST), largest)
    return ranges


def _divide(
    model: onnx.ModelProto,
    name: str,
    activations: FloatArray,
    products: list[onnx.NodeProto],
    weights: Mapping[str, onnx.TensorProto],
) -> onnx.NodeProto:
    """Let products of one input read it divided, multiply their matrices, and return the division."""
    matrices = {product.input[1]: numpy_helper.to_array(weights[product.input[1]]) for product in products}
    largest = np.max([np.abs(matrix).max(axis=1) for matrix in matrices.values()], axis=0)
    scale = activations**STRENGTH / np.maximum(largest, _LEAST) ** (1 - STRENGTH)
    for key, matrix in matrices.items():
        weights[key].CopyFrom(numpy_helper.from_array((matrix * scale[:, None]).astype(matrix.dtype), key))
    model.graph.initializer.append(numpy_helper.from_array((1 / scale).astype(np.float32), f"{name}/evening"))
    for product in products:
        product.input[0] = f"{name}/evened"
    return onnx.helper.make_node("Mul", [name, f"{name}/evening"], [f"{name}/evened"], name=f"{name}/evened")
