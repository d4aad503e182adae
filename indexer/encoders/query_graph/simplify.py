"""All changes of a graph, and the proof that its vectors stay what they were.

Serving encodes one query at a time (`snapshot/encoder/onnx_encoder.py`): nothing is padded, and masks change nothing.
Other uses of a mask, or patterns that only look like those that are replaced, would change the vectors. Therefore both
graphs encode the same queries, and the new one is kept only if it gives the same vectors.
"""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import helper

from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.encoders.query_graph.attention import fuse_attention, join_projections
from indexer.encoders.query_graph.embeddings import tabulate_positions
from indexer.encoders.query_graph.graph import DOMAIN, remove_unread
from indexer.encoders.query_graph.idle_neurons import leave_out_idle_neurons
from indexer.encoders.query_graph.kernels import drop_zero_points, keep_sums_apart
from indexer.encoders.query_graph.pooling import drop_copies, leave_norm_to_the_encoder, pool_without_mask
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.text.normalisation import for_query_encoder

MIN_COSINE = 0.999
"""Least mean cosine between vectors of both graphs. Rounding to 8 bits makes it 0.9998 for the default model."""

_QUERIES_PER_LANGUAGE = 16


def simplify_graph(layout: EncoderLayout, spec: EncoderSpec) -> list[str]:
    """Rewrite the graph at `layout`; return the names of the changes that were made.

    A change is not made where its pattern is not found. None is made if the vectors would be others.
    """
    model = onnx.load(layout.onnx, load_external_data=False)
    graph = model.graph
    del graph.value_info[:]  # shapes that the tracing wrote down, which are only hints and will not be right any more
    if not any(entry.domain == DOMAIN for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    scratch = layout.onnx.with_suffix(".probe.onnx")
    encoder = OnnxQueryEncoder(layout, spec)
    texts = [text for language in BANK_LANGUAGES for text in query_bank(language)]
    queries = [np.array([encoder.tokenizer.ids(spec.query_prompt + for_query_encoder(text))]) for text in texts]
    # The order matters: products are recognised once their zero points are gone.
    changes: dict[str, Callable[[], bool]] = {
        "fused attention": lambda: fuse_attention(graph),
        "no zero points": lambda: drop_zero_points(graph),
        "joined projections": lambda: join_projections(graph),
        "no idle neurons": lambda: leave_out_idle_neurons(model, queries, scratch),
        "table of positions": lambda: tabulate_positions(model, spec.max_tokens, scratch),
        "no mask": lambda: pool_without_mask(graph),
        "no copies": lambda: drop_copies(graph),
        "no norm": lambda: leave_norm_to_the_encoder(graph),
        "sums apart": lambda: keep_sums_apart(graph),
    }
    made = []
    for name, change in changes.items():
        if change():
            made.append(name)
            remove_unread(graph)
    scratch.unlink(missing_ok=True)
    if not made:
        return []
    original = layout.onnx.read_bytes()
    before = _vectors(layout, spec)
    onnx.save(model, layout.onnx)
    try:
        is_same = float(np.vecdot(before, _vectors(layout, spec)).mean()) >= MIN_COSINE
    except SnapshotDamaged:  # a graph of another form than any that was tried, which cannot be loaded now
        is_same = False
    if not is_same:
        layout.onnx.write_bytes(original)
        return []
    return made


def _vectors(layout: EncoderLayout, spec: EncoderSpec) -> FloatArray:
    texts = [text for language in BANK_LANGUAGES for text in query_bank(language)[:_QUERIES_PER_LANGUAGE]]
    return OnnxQueryEncoder(layout, spec).encode_queries(texts)
