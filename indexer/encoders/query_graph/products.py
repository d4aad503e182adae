"""Products with 8-bit weights in a graph."""

from dataclasses import dataclass

import onnx

from indexer.encoders.query_graph.graph import GraphView
from indexer.snapshot.encoder.query_encoder import FloatArray

_WITHOUT_ZERO_POINT = 3
"""Inputs of a `MatMulInteger` whose weights have no zero point: both factors and the zero point of the first."""


@dataclass(frozen=True, slots=True)
class Product:
    """(levels * scale) @ (weights * scales) + bias, where levels are a tensor in 8 bits.

    `multiply` makes the product, `rescale` the scale of its columns, and `add_bias` the result. The others are names of
    tensors; those of `weights`, shape (inputs, outputs), int8, `scales` and `bias`, both of shape (outputs,), float32,
    are constants.
    """

    multiply: onnx.NodeProto
    rescale: onnx.NodeProto
    add_bias: onnx.NodeProto
    levels: str
    zero_point: str
    scale: str
    weights: str
    scales: str
    bias: str

    def full_weights(self, view: GraphView) -> FloatArray:
        """Return the weights in full precision, shape (inputs, outputs), float32."""
        full: FloatArray = view.value(self.weights) * view.value(self.scales)
        return full


def find_product(view: GraphView, name: str) -> Product | None:
    """Return the product whose result is the named tensor, if it is that of one."""
    add_bias = view.made_by(name, "Add")
    bias = add_bias and view.constant_and_other(add_bias)
    rescaled = view.made_by(bias[1], "Mul") if bias else None
    multiply = rescaled and view.made_by(view.without_casts(rescaled.input[0]), "MatMulInteger")
    rescale = rescaled and view.made_by(rescaled.input[1], "Mul")
    scales = rescale and view.constant_and_other(rescale)
    if not add_bias or not bias or not multiply or not rescale or not scales:
        return None
    if len(multiply.input) != _WITHOUT_ZERO_POINT or view.constant(multiply.input[1]) is None:
        return None
    levels, weights, zero_point = multiply.input
    return Product(multiply, rescale, add_bias, levels, zero_point, scales[1], weights, scales[0], bias[0])
