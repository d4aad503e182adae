"""Attention of a query encoder as one operator for each layer, which is how ONNX Runtime computes it fastest.

A traced graph has some forty operators for the attention of a layer: they compute shapes, build a mask, split heads and
join them. A query has some ten tokens, so these operators take about as long as the attention itself. ONNX Runtime has
one operator for all of them. Its own optimiser does not find the pattern in quantised graphs, so it is found here.

Serving encodes one query at a time (`snapshot/encoder/onnx_encoder.py`), so nothing is padded, and the mask is left
out. Other uses of a mask, or of this pattern, would change the vectors: therefore both graphs encode the same queries,
and the new one is kept only if it gives the same vectors.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper

from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.layout import EncoderLayout

MIN_COSINE = 0.999
"""Least mean cosine between vectors of both graphs. Rounding to 8 bits makes it 0.99995 for the default model."""

_DOMAIN = "com.microsoft"
"""Domain of the operators that ONNX Runtime adds to the standard."""

_QUERIES_PER_LANGUAGE = 16
_HEADS_FIRST, _KEYS_LAST = [0, 2, 1, 3], [0, 2, 3, 1]


def fuse_attention(layout: EncoderLayout, spec: EncoderSpec) -> bool:
    """Rewrite the graph at `layout` with one operator for the attention of each layer; return whether it was done.

    It is not done if the graph has no such attention, or if the vectors would be others.
    """
    graph = onnx.load(layout.onnx, load_external_data=False)
    if not _replace_attention(graph.graph):
        return False
    original = layout.onnx.read_bytes()
    before = _vectors(layout, spec)
    graph.opset_import.append(onnx.helper.make_opsetid(_DOMAIN, 1))
    onnx.save(graph, layout.onnx)
    if float(np.vecdot(before, _vectors(layout, spec)).mean()) >= MIN_COSINE:
        return True
    layout.onnx.write_bytes(original)
    return False


def _vectors(layout: EncoderLayout, spec: EncoderSpec) -> FloatArray:
    texts = [text for language in BANK_LANGUAGES for text in query_bank(language)[:_QUERIES_PER_LANGUAGE]]
    return OnnxQueryEncoder(layout, spec).encode_queries(texts)


@dataclass(frozen=True, slots=True)
class _Attention:
    """The attention of one layer: the outputs of its three projections, and the node that joins its heads."""

    query: str
    key: str
    value: str
    n_heads: int
    scale: float
    join: onnx.NodeProto


class _Graph:
    """Producers and readers of the tensors of a graph."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._constants |= {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}
        self._producers = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def made_by(self, name: str, op_type: str) -> onnx.NodeProto | None:
        node = self._producers.get(name)
        return node if node is not None and node.op_type == op_type else None

    def only_reader(self, node: onnx.NodeProto, op_type: str) -> onnx.NodeProto | None:
        readers = self._readers.get(node.output[0], [])
        return readers[0] if [reader.op_type for reader in readers] == [op_type] else None

    def constant(self, name: str) -> FloatArray | None:
        tensor = self._constants.get(name)
        return None if tensor is None else numpy_helper.to_array(tensor)

    def projection(self, name: str, order: list[int]) -> tuple[str, int, int] | None:
        """Return the output of a projection that was split into heads, its width, and the width of a head."""
        moved = self.made_by(name, "Transpose")
        split = moved and list(moved.attribute[0].ints) == order and self.made_by(moved.input[0], "Reshape")
        biased = split and self.made_by(split.input[0], "Add")
        shape = split and self.made_by(split.input[1], "Concat")
        if not split or not biased or not shape:
            return None
        head = self.constant(shape.input[-1])
        bias = next((found for one in biased.input if (found := self.constant(one)) is not None), None)
        if head is None or bias is None:
            return None
        return split.input[0], bias.size, int(head.reshape(-1)[0])


def _replace_attention(graph: onnx.GraphProto) -> bool:
    """Replace the attention of all layers in place, and remove what only it needed; return whether there was any."""
    found = list(_find_attention(graph))
    for attention in found:
        node = onnx.helper.make_node(
            "MultiHeadAttention",
            [attention.query, attention.key, attention.value],
            list(attention.join.output),
            name=f"{attention.join.name}/fused",
            domain=_DOMAIN,
            num_heads=attention.n_heads,
            scale=attention.scale,
        )
        attention.join.CopyFrom(node)  # in its place, so that nodes stay in the order of their inputs
    _remove_unread(graph)
    return bool(found)


def _find_attention(graph: onnx.GraphProto) -> Iterator[_Attention]:
    nodes = _Graph(graph)
    for softmax in [node for node in graph.node if node.op_type == "Softmax"]:
        masked = nodes.made_by(softmax.input[0], "Add")
        scaled = masked and nodes.made_by(masked.input[0], "Mul")
        product = scaled and nodes.made_by(scaled.input[0], "MatMul")
        weighted = nodes.only_reader(softmax, "MatMul")
        moved = weighted and nodes.only_reader(weighted, "Transpose")
        join = moved and nodes.only_reader(moved, "Reshape")
        if not scaled or not product or not weighted or not join:
            continue
        scale = nodes.constant(scaled.input[1])
        query = nodes.projection(product.input[0], _HEADS_FIRST)
        key = nodes.projection(product.input[1], _KEYS_LAST)
        value = nodes.projection(weighted.input[1], _HEADS_FIRST)
        if scale is None or query is None or key is None or value is None or not query[1:] == key[1:] == value[1:]:
            continue
        width, head = query[1:]
        if head > 0 and width % head == 0:
            yield _Attention(query[0], key[0], value[0], width // head, float(scale.item()), join)


def _remove_unread(graph: onnx.GraphProto) -> None:
    """Remove nodes whose outputs nothing reads, until none is left."""
    outputs = {output.name for output in graph.output}
    while True:
        read = outputs | {name for node in graph.node for name in node.input}
        unread = [node for node in graph.node if not read.intersection(node.output)]
        if not unread:
            return
        for node in unread:
            graph.node.remove(node)
