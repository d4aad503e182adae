"""The mean over tokens without a mask, and vectors that are scaled to unit norm once.

Queries are not padded, so the weighted mean of a traced graph is a plain one. Its last operators scale the vector to
unit norm, which the encoder does anyway (`snapshot/encoder/onnx_encoder.py`).
"""

import onnx
from onnx import helper

from indexer.encoders.query_graph.graph import GraphView
from indexer.snapshot.encoder.onnx_encoder import ONNX_OUTPUT, TOKENS

_TOKEN_AXIS = 1


def pool_without_mask(graph: onnx.GraphProto) -> bool:
    """Replace the mean of token vectors that a mask weighs; return whether there was one."""
    view = GraphView(graph)
    for node in [node for node in graph.node if node.op_type == "Div"]:
        total = view.made_by(node.input[0], "ReduceSum")
        weighted = total and view.made_by(view.without_casts(total.input[0]), "Mul")
        vectors = [name for name in weighted.input if view.depends_on(name, TOKENS)] if weighted else []
        if len(vectors) == 1 and not view.depends_on(node.input[1], TOKENS):
            mean = helper.make_node(
                "ReduceMean", vectors, list(node.output), name=node.name, axes=[_TOKEN_AXIS], keepdims=0
            )
            node.CopyFrom(mean)
            return True
    return False


def drop_copies(graph: onnx.GraphProto) -> bool:
    """Remove nodes that join a single tensor, which pooling is traced with; return whether there were any."""
    copies = [node for node in graph.node if node.op_type == "Concat" and len(node.input) == 1]
    for copy in copies:
        for node in graph.node:
            node.input[:] = [copy.input[0] if name == copy.output[0] else name for name in node.input]
    return bool(copies)


def leave_norm_to_the_encoder(graph: onnx.GraphProto) -> bool:
    """Remove the operators that scale the output to unit norm; return whether there were any."""
    view = GraphView(graph)
    scaled = view.made_by(ONNX_OUTPUT, "Div")
    norm = scaled and view.made_by(scaled.input[1], "Expand")
    limited = norm and view.made_by(norm.input[0], "Clip")
    if not scaled or not limited or not view.made_by(limited.input[0], "ReduceL2"):
        return False
    scaled.CopyFrom(helper.make_node("Identity", [scaled.input[0]], [ONNX_OUTPUT], name=scaled.name))
    return True
