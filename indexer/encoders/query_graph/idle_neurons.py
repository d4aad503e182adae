"""Feed-forward networks without the neurons that hardly change anything.

In the last layer of the default model's student, a fifteenth of the neurons makes all but a ten-thousandth of the
variance of the layer's output. What the others add is nearly the same for every token, and becomes a part of the bias.
Only layers that lose at least half of their neurons are changed: the others would gain little, and layers behind them
would enlarge the error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper

from indexer.encoders.query_graph.graph import GraphView, replace_constant
from indexer.encoders.query_graph.products import Product, find_product
from indexer.snapshot.encoder.onnx_encoder import TOKENS
from indexer.snapshot.encoder.query_encoder import FloatArray

TokenIds = npt.NDArray[np.int64]
"""A query as the graph reads it, shape (1, tokens)."""

MAX_LOST_VARIANCE = 1e-4
"""Most variance that may be lost, of that of a layer's output before it is normalised.

Measured with the default model's student in full precision: at 1e-4, query vectors keep a mean cosine of 0.99995.
"""

_LEAST_LEFT_OUT = 0.5
_ELEMENTWISE = {"Add", "Div", "Erf", "Mul", "Relu", "Sigmoid", "Tanh"}


@dataclass(frozen=True, slots=True)
class _FeedForward:
    """The products to the neurons of a layer and from them.

    `smoothing` multiplies the activations of neurons by constants, its input `factors`, for the second product. `total`
    is the name of the layer's output before it is normalised.
    """

    to_neurons: Product
    smoothing: onnx.NodeProto
    factors: str
    from_neurons: Product
    total: str


class _Spread:
    """Means and variances of the components of a tensor, over the tokens of all queries."""

    def __init__(self) -> None:
        self._count = 0
        self._sums: npt.NDArray[np.float64] = np.zeros(1)
        self._squares: npt.NDArray[np.float64] = np.zeros(1)

    def add(self, values: FloatArray) -> None:
        """Take the values of one query in, shape (1, tokens, components)."""
        self._count += values.shape[1]
        self._sums = self._sums + values[0].sum(axis=0, dtype=np.float64)
        self._squares = self._squares + np.square(values[0], dtype=np.float64).sum(axis=0)

    @property
    def means(self) -> npt.NDArray[np.float64]:
        """Mean of each component."""
        return self._sums / self._count

    @property
    def variances(self) -> npt.NDArray[np.float64]:
        """Variance of each component."""
        return self._squares / self._count - np.square(self.means)


def leave_out_idle_neurons(model: onnx.ModelProto, queries: Sequence[TokenIds], scratch: Path) -> bool:
    """Leave out the neurons that hardly change anything for `queries`; return whether there were any.

    The graph is run on the queries for that, from the file `scratch`.
    """
    view = GraphView(model.graph)
    networks = list(_find_networks(view, model.graph))
    if not networks:
        return False
    names = [name for network in networks for name in (network.smoothing.output[0], network.total)]
    spreads = _measure(model, names, queries, scratch)
    changed = False
    for number, network in enumerate(networks):
        neurons, total = spreads[network.smoothing.output[0]], spreads[network.total]
        strengths = neurons.variances * np.square(network.from_neurons.full_weights(view)).sum(axis=1)
        weakest_first = np.argsort(strengths, kind="stable")
        lost = np.cumsum(strengths[weakest_first])[:-1]  # one is left, because no product has a length of 0
        n_idle = int(np.searchsorted(lost, MAX_LOST_VARIANCE * total.variances.sum()))
        if n_idle >= _LEAST_LEFT_OUT * len(strengths):
            kept = np.sort(weakest_first[n_idle:])
            _keep(model.graph, view, network, kept, neurons.means, f"neurons.{number}")
            changed = True
    return changed


def _find_networks(view: GraphView, graph: onnx.GraphProto) -> Iterator[_FeedForward]:
    for node in [node for node in graph.node if node.op_type == "Add"]:
        product = find_product(view, node.output[0])
        total = view.only_reader(node, "Add")
        quantise = product and view.made_by(product.levels, "DynamicQuantizeLinear")
        smoothing = quantise and view.made_by(quantise.input[0], "Mul")
        factors = smoothing and view.constant_and_other(smoothing)
        before = _product_before(view, factors[1]) if factors else None
        if product and total and smoothing and factors and before:
            n_neurons = {view.value(before.bias).size, view.value(factors[0]).size, len(view.value(product.weights))}
            if len(n_neurons) == 1:
                yield _FeedForward(before, smoothing, factors[0], product, total.output[0])


def _product_before(view: GraphView, name: str) -> Product | None:
    """Return the product from which a tensor is computed component by component."""
    waiting, found = [name], None
    while waiting:
        name = waiting.pop()
        product = find_product(view, name)
        node = view.producer(name)
        if product is not None:
            if found is not None and product.weights != found.weights:
                return None  # a gate: two products make the activation together
            found = product
        elif view.constant(name) is None:
            if node is None or node.op_type not in _ELEMENTWISE:
                return None
            waiting.extend(node.input)
    return found


def _measure(
    model: onnx.ModelProto, names: Sequence[str], queries: Sequence[TokenIds], scratch: Path
) -> dict[str, _Spread]:
    n_outputs = len(model.graph.output)
    model.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    onnx.save(model, scratch)
    del model.graph.output[n_outputs:]
    session = onnxruntime.InferenceSession(scratch, providers=["CPUExecutionProvider"])
    inputs = [entry.name for entry in session.get_inputs()]
    spreads = {name: _Spread() for name in names}
    for ids in queries:
        feed = {name: ids if name == TOKENS else np.ones_like(ids) for name in inputs}
        for name, values in zip(names, session.run(list(names), feed), strict=True):
            spreads[name].add(values)
    return spreads


def _keep(
    graph: onnx.GraphProto,
    view: GraphView,
    network: _FeedForward,
    kept: npt.NDArray[np.int64],
    means: npt.NDArray[np.float64],
    name: str,
) -> None:
    """Leave only some neurons, by their numbers; what the others add on average becomes a part of the bias."""
    first, second = network.to_neurons, network.from_neurons
    full = second.full_weights(view)
    constant = means @ full - means[kept] @ full[kept]
    changes = [
        (first.multiply, first.weights, view.value(first.weights)[:, kept]),
        (first.rescale, first.scales, view.value(first.scales)[kept]),
        (first.add_bias, first.bias, view.value(first.bias)[kept]),
        (network.smoothing, network.factors, view.value(network.factors)[kept]),
        (second.multiply, second.weights, view.value(second.weights)[kept]),
        (second.add_bias, second.bias, (view.value(second.bias) + constant).astype(np.float32)),
    ]
    for number, (node, constant_name, value) in enumerate(changes):
        replace_constant(graph, node, constant_name, value, f"{name}.{number}")
