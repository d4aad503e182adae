"""Reading and changing a graph of ONNX."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

DOMAIN = "com.microsoft"
"""Domain of the operators that ONNX Runtime adds to the standard."""

Array = npt.NDArray[Any]


class GraphView:
    """Producers, readers and constants of the tensors of a graph, as they were when the view was made."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._constants |= {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}
        self._producers = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def made_by(self, name: str, op_type: str) -> onnx.NodeProto | None:
        """Return the node that makes a tensor, if it is of this type."""
        node = self._producers.get(name)
        return node if node is not None and node.op_type == op_type else None

    def producer(self, name: str) -> onnx.NodeProto | None:
        """Return the node that makes a tensor; None for inputs and constants of the graph."""
        return self._producers.get(name)

    def without_casts(self, name: str) -> str:
        """Return the tensor that becomes this one by changes of type only."""
        while (cast := self.made_by(name, "Cast")) is not None:
            name = cast.input[0]
        return name

    def only_reader(self, node: onnx.NodeProto, op_type: str) -> onnx.NodeProto | None:
        """Return the node that reads the output of another, if there is one only and it is of this type."""
        readers = self._readers.get(node.output[0], [])
        return readers[0] if [reader.op_type for reader in readers] == [op_type] else None

    def constant(self, name: str) -> Array | None:
        """Return the value of a tensor that does not depend on any input; None for others."""
        return self.value(name) if name in self._constants else None

    def value(self, name: str) -> Array:
        """Return the value of a constant."""
        return numpy_helper.to_array(self._constants[name])

    def constant_and_other(self, node: onnx.NodeProto) -> tuple[str, str] | None:
        """Return the names of both inputs of a node, a constant and another tensor, in whatever order they are."""
        first, second = node.input
        for one, other in ((first, second), (second, first)):
            if one in self._constants:
                return one, other
        return None

    def depends_on(self, name: str, graph_input: str) -> bool:
        """Return whether the values of a tensor depend on those of an input; on its shape alone does not count."""
        seen, waiting = set(), [name]
        while waiting:
            name = waiting.pop()
            if name == graph_input:
                return True
            node = self._producers.get(name)
            if name not in seen and node is not None and node.op_type != "Shape":
                waiting.extend(node.input)
            seen.add(name)
        return False


def add_constant(graph: onnx.GraphProto, name: str, value: Array) -> str:
    """Add a constant to a graph, and return its name."""
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    return name


def replace_constant(graph: onnx.GraphProto, node: onnx.NodeProto, name: str, value: Array, new_name: str) -> None:
    """Let a node read another constant instead of the one called `name`, which other nodes may read too."""
    add_constant(graph, new_name, value)
    node.input[list(node.input).index(name)] = new_name


def insert_before(graph: onnx.GraphProto, node: onnx.NodeProto, added: Iterable[onnx.NodeProto]) -> None:
    """Add nodes in front of another one; a node may only read the outputs of nodes before it."""
    position = next(number for number, present in enumerate(graph.node) if present is node)
    for offset, one in enumerate(added):
        graph.node.insert(position + offset, one)


def remove_unread(graph: onnx.GraphProto) -> None:
    """Remove nodes, constants and inputs that no output depends on."""
    outputs = {output.name for output in graph.output}
    while True:
        read = outputs | {name for node in graph.node for name in node.input}
        unread = [node for node in graph.node if not read.intersection(node.output)]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    for entries in (graph.initializer, graph.input):
        for entry in [entry for entry in entries if entry.name not in read]:
            entries.remove(entry)
