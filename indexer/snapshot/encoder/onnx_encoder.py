"""The query encoder of the serving side: a tokenizer and ONNX Runtime, no torch.

The ONNX graph takes token ids and returns the pooled vector with unit norm. Its weights are int8, and
its activations are quantised at run time by the range of the whole batch. Queries are therefore
encoded one by one, so that a query's vector never depends on other queries.
"""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, unit
from indexer.snapshot.encoder.query_tokenizer import open_tokenizer
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.python_turn import native_code
from indexer.snapshot.text.normalisation import for_query_encoder

ONNX_OUTPUT = "embedding"
TOKENS = "input_ids"
"""The input with token ids; any other one is the mask, and ones, because a single query is not padded."""


class OnnxQueryEncoder:
    """Encodes queries with the exported model; safe to call from several threads at once."""

    def __init__(self, layout: EncoderLayout, spec: EncoderSpec) -> None:
        """Load the model.

        Raises:
            SnapshotDamaged: model or tokenizer cannot be loaded.
        """
        self.spec = spec
        options = onnxruntime.SessionOptions()
        # There are as many requests at a time as cores, so a second thread for one request would gain nothing.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(layout.onnx, options, providers=["CPUExecutionProvider"])
            self.tokenizer = open_tokenizer(layout, spec.max_tokens)
        except Exception as error:  # both libraries raise bare Exceptions
            raise SnapshotDamaged(f"the query encoder in {layout.root} cannot be loaded: {error}") from error
        self._inputs = [entry.name for entry in self._session.get_inputs()]

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        vectors = np.empty((len(texts), self.spec.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = unit(self._encode(self.spec.query_prompt + for_query_encoder(text)))
        return vectors

    def _encode(self, text: str) -> FloatArray:
        ids = np.array([self.tokenizer.ids(text)], dtype=np.int64)
        feed = {name: ids if name == TOKENS else np.ones_like(ids) for name in self._inputs}
        with native_code():
            output = self._session.run([ONNX_OUTPUT], feed)
        vector: FloatArray = output[0][0]
        return vector
