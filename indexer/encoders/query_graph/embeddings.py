"""What a graph adds to word embeddings, as one table.

To the embedding of each token a transformer adds those of its position and of its segment. A traced graph computes both
numbers for each query, in some twenty operators. As nothing is padded and there is one segment, what is added to the
n-th token is the same vector in every query: it is computed once, for the longest query, and cut to the length of each.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from indexer.encoders.query_graph.graph import GraphView, add_constant, insert_before, remove_unread
from indexer.snapshot.encoder.onnx_encoder import TOKENS
from indexer.snapshot.encoder.query_encoder import FloatArray

_POSITIONS = "positions"


def tabulate_positions(model: onnx.ModelProto, max_tokens: int, scratch: Path) -> bool:
    """Replace what is added to word embeddings by a table of shape (max_tokens, width); return whether it was found.

    The table is computed by the graph itself, which is written to the file `scratch` for that.
    """
    graph = model.graph
    view = GraphView(graph)
    norm = next((node for node in graph.node if node.op_type == "LayerNormalization"), None)
    addends = _addends(view, norm.input[0]) if norm else []
    words = [name for name in addends if view.depends_on(name, TOKENS)]
    others = [name for name in addends if name not in words]
    if norm is None or len(words) != 1 or not others:
        return False
    table = add_constant(graph, _POSITIONS, _sums(model, others, max_tokens, scratch))
    zero = add_constant(graph, f"{_POSITIONS}.zero", np.zeros(1, dtype=np.int64))
    length, cut, total = (f"{_POSITIONS}.{part}" for part in ("length", "cut", "total"))
    added = [
        helper.make_node("Shape", [TOKENS], [length], name=length, start=1, end=2),
        helper.make_node("Slice", [table, zero, length, zero], [cut], name=cut),
        helper.make_node("Add", [words[0], cut], [total], name=total),
    ]
    insert_before(graph, norm, added)
    norm.input[0] = total
    return True


def _addends(view: GraphView, name: str) -> list[str]:
    """Return the tensors whose sum this one is."""
    addition = view.made_by(name, "Add")
    if addition is None:
        return [name]
    return [addend for part in addition.input for addend in _addends(view, part)]


def _sums(model: onnx.ModelProto, names: list[str], max_tokens: int, scratch: Path) -> FloatArray:
    """Return the sum of the named tensors for a query of `max_tokens` tokens, shape (max_tokens, width)."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    remove_unread(probe.graph)
    onnx.save(probe, scratch)
    tokens = np.ones((1, max_tokens), dtype=np.int64)
    feed = {entry.name: tokens for entry in probe.graph.input}
    session = onnxruntime.InferenceSession(scratch, providers=["CPUExecutionProvider"])
    values = [np.asarray(value, dtype=np.float32) for value in session.run(names, feed)]
    total: FloatArray = np.broadcast_to(sum(values), (1, max_tokens, values[0].shape[-1]))[0]
    return total
