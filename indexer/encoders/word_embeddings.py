"""The table of word embeddings, kept out of a model while that is exported.

The table is nine tenths of a small multilingual model, and each step of an export would copy it. Only the runs that
measure ranges need it; they get it as an input. The quantiser gets a few rows that include the smallest and the largest
weight, because only these two decide how the table is quantised.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from onnx.external_data_helper import set_external_data
from transformers import PreTrainedModel

from indexer.snapshot.encoder.query_encoder import FloatArray

ROWS_AT_ONCE = 8_192
_UINT8 = (0, 255)
QUANTISED, SCALE, ZERO_POINT = "_quantized", "_scale", "_zero_point"
"""What the quantiser adds to the name of a tensor."""


class WordEmbeddings:
    """The table of a model: `weights`, shape (vocabulary, dim), float32, and its `name` in graphs of `pipeline`."""

    def __init__(self, pipeline: torch.nn.Module) -> None:
        transformer = next(module for module in pipeline.modules() if isinstance(module, PreTrainedModel))
        self._module = cast("torch.nn.Embedding", transformer.get_input_embeddings())
        (self.name,) = (name for name, each in pipeline.named_parameters() if each is self._module.weight)
        self.weights: FloatArray = self._module.weight.detach().numpy()

    @contextmanager
    def removed_from_model(self) -> Iterator[None]:
        """Put a stand-in of some rows into the model for as long as the block lasts."""
        table = self._module.weight
        n_rows = max(1, self._module.padding_idx or 0) + 1  # the rows that the example of the exporter may read
        stand_in = torch.zeros(n_rows, table.shape[1])
        stand_in[0, 0], stand_in[0, -1] = table.min(), table.max()
        self._module.weight = torch.nn.Parameter(stand_in, requires_grad=False)
        try:
            yield
        finally:
            self._module.weight = table

    @contextmanager
    def added_as_input(self, graph: onnx.ModelProto) -> Iterator[None]:
        """Let runs of a graph give the table as one more input, in place of the stand-in, for the block."""
        shape = [None, self.weights.shape[1]]
        graph.graph.input.append(onnx.helper.make_tensor_value_info(self.name, onnx.TensorProto.FLOAT, shape))
        try:
            yield
        finally:
            graph.graph.input.pop()

    def write_to(self, file: Path, graph: onnx.ModelProto) -> None:
        """Write the table, quantised, to `file`, where a quantised graph then reads it in place of the stand-in."""
        tensor = _tensor(graph, self.name + QUANTISED)
        scale, zero_point = (
            numpy_helper.to_array(_tensor(graph, self.name + ending)).item() for ending in (SCALE, ZERO_POINT)
        )
        with file.open("wb") as stream:
            for start in range(0, len(self.weights), ROWS_AT_ONCE):
                stream.write(quantised_rows(self.weights[start : start + ROWS_AT_ONCE], scale, zero_point))
        set_external_data(tensor, file.name, offset=0, length=self.weights.size)
        tensor.ClearField("raw_data")
        tensor.dims[:] = self.weights.shape


def quantised_rows(weights: FloatArray, scale: float, zero_point: int) -> bytes:
    """Quantise as ONNX Runtime does: divide in float32, round half to even, add the zero point, cut to 8 bits."""
    levels = np.rint(weights.astype(np.float32, copy=False) / np.float32(scale)) + zero_point
    quantised: npt.NDArray[np.uint8] = np.clip(levels, *_UINT8).astype(np.uint8)
    return quantised.tobytes()


def _tensor(graph: onnx.ModelProto, name: str) -> onnx.TensorProto:
    tensors: dict[str, onnx.TensorProto] = {tensor.name: tensor for tensor in graph.graph.initializer}
    return tensors[name]
