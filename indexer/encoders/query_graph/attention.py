"""Attention of each layer as one operator, and its three projections as one product.

A traced graph has some forty operators for the attention of a layer: they compute shapes, build a mask, split heads and
join them. A query has some ten tokens, so these operators take about as long as the attention itself. ONNX Runtime has
one operator for all of them. Its own optimiser does not find the pattern in quantised graphs, so it is found here. As
nothing is padded, the mask is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper

from indexer.encoders.query_graph.graph import DOMAIN, GraphView, add_constant, insert_before
from indexer.encoders.query_graph.products import Product, find_product

FUSED = "MultiHeadAttention"
_PROJECTIONS = 3
_HEADS_FIRST, _KEYS_LAST = [0, 2, 1, 3], [0, 2, 3, 1]


@dataclass(frozen=True, slots=True)
class _Attention:
    """The attention of one layer: the outputs of its three projections, and the node that joins its heads."""

    query: str
    key: str
    value: str
    n_heads: int
    scale: float
    join: onnx.NodeProto


def fuse_attention(graph: onnx.GraphProto) -> bool:
    """Replace the attention of all layers; return whether there was any."""
    found = list(_find_attention(graph))
    for attention in found:
        node = helper.make_node(
            FUSED,
            [attention.query, attention.key, attention.value],
            list(attention.join.output),
            name=f"{attention.join.name}/fused",
            domain=DOMAIN,
            num_heads=attention.n_heads,
            scale=attention.scale,
        )
        attention.join.CopyFrom(node)  # in its place, so that nodes stay in the order of their inputs
    return bool(found)


def _find_attention(graph: onnx.GraphProto) -> Iterator[_Attention]:
    view = GraphView(graph)
    for softmax in [node for node in graph.node if node.op_type == "Softmax"]:
        masked = view.made_by(softmax.input[0], "Add")
        scaled = masked and view.made_by(masked.input[0], "Mul")
        product = scaled and view.made_by(scaled.input[0], "MatMul")
        weighted = view.only_reader(softmax, "MatMul")
        moved = weighted and view.only_reader(weighted, "Transpose")
        join = moved and view.only_reader(moved, "Reshape")
        if not scaled or not product or not weighted or not join:
            continue
        scale = view.constant(scaled.input[1])
        query = _split_heads(view, product.input[0], _HEADS_FIRST)
        key = _split_heads(view, product.input[1], _KEYS_LAST)
        value = _split_heads(view, weighted.input[1], _HEADS_FIRST)
        if scale is None or query is None or key is None or value is None or not query[1:] == key[1:] == value[1:]:
            continue
        width, head = query[1:]
        if head > 0 and width % head == 0:
            yield _Attention(query[0], key[0], value[0], width // head, float(scale.item()), join)


def _split_heads(view: GraphView, name: str, order: list[int]) -> tuple[str, int, int] | None:
    """Return the output of a projection that was split into heads, its width, and the width of a head."""
    moved = view.made_by(name, "Transpose")
    split = moved and list(moved.attribute[0].ints) == order and view.made_by(moved.input[0], "Reshape")
    biased = split and view.made_by(split.input[0], "Add")
    shape = split and view.made_by(split.input[1], "Concat")
    if not split or not biased or not shape:
        return None
    head = view.constant(shape.input[-1])
    bias = view.constant_and_other(biased)
    if head is None or bias is None:
        return None
    return split.input[0], view.value(bias[0]).size, int(head.reshape(-1)[0])


def join_projections(graph: onnx.GraphProto) -> bool:
    """Make one product of the three projections of each fused attention; return whether there was any.

    The factors that smoothing (`smoothing.py`) has put behind the attention become part of the third projection: each
    component of the output is a mean of that component of the values, so it can be multiplied before as well as after.
    """
    view = GraphView(graph)
    joined = False
    for number, attention in enumerate([node for node in graph.node if node.op_type == FUSED]):
        parts = [part for name in attention.input if (part := find_product(view, name)) is not None]
        if len(parts) == _PROJECTIONS and len({part.levels for part in parts}) == 1:
            _join(graph, view, attention, parts, f"projections.{number}")
            joined = True
    return joined


def _join(
    graph: onnx.GraphProto, view: GraphView, attention: onnx.NodeProto, parts: Sequence[Product], name: str
) -> None:
    """Put one product in front of a fused attention, and let it read three parts of its output."""
    first = parts[0]
    weights = add_constant(graph, f"{name}.weights", np.concatenate([view.value(part.weights) for part in parts], 1))
    scales, bias = [view.value(part.scales) for part in parts], [view.value(part.bias) for part in parts]
    widths = add_constant(graph, f"{name}.widths", np.array([len(part) for part in bias], dtype=np.int64))
    smoothing = view.only_reader(attention, "Mul")
    factors = smoothing and view.constant_and_other(smoothing)
    if smoothing and factors:
        scales[-1], bias[-1] = (values[-1] * view.value(factors[0]) for values in (scales, bias))
        attention.output[0] = smoothing.output[0]
        graph.node.remove(smoothing)
    all_scales = add_constant(graph, f"{name}.scales", np.concatenate(scales))
    all_biases = add_constant(graph, f"{name}.bias", np.concatenate(bias))
    outputs = [f"{name}.{role}" for role in ("query", "key", "value")]
    steps: list[tuple[str, list[str], list[str], dict[str, Any]]] = [
        ("Mul", [first.scale, all_scales], [f"{name}.scale"], {}),
        ("MatMulInteger", [first.levels, weights, first.zero_point], [f"{name}.product"], {}),
        ("Cast", [f"{name}.product"], [f"{name}.levels"], {"to": onnx.TensorProto.FLOAT}),
        ("Mul", [f"{name}.levels", f"{name}.scale"], [f"{name}.scaled"], {}),
        ("Add", [f"{name}.scaled", all_biases], [f"{name}.biased"], {}),
        ("Split", [f"{name}.biased", widths], outputs, {"axis": -1}),
    ]
    insert_before(
        graph,
        attention,
        [helper.make_node(op, inputs, made, name=made[0], **attributes) for op, inputs, made, attributes in steps],
    )
    attention.input[:] = outputs
