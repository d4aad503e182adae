"""The query encoder for serving: an int8 ONNX graph that agrees with the reference, or the whole model.

The graph is the whole pipeline (transformer, pooling, normalisation), so serving needs neither torch nor
sentence-transformers. It is smoothed first (`smoothing.py`). Then weights are quantised per output channel over the
full 8 bits. The reduced range, which is meant for CPUs without VNNI, had a worse worst case even on such a CPU.
"""

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from sentence_transformers import SentenceTransformer

from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.encoders.pieces import write_tokenizer
from indexer.encoders.reference_encoder import SentenceTransformersEncoder, load_model
from indexer.encoders.smoothing import Feed, smooth
from indexer.encoders.word_embeddings import WordEmbeddings
from indexer.snapshot.encoder.onnx_encoder import ONNX_OUTPUT, OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import QueryEncoder
from indexer.snapshot.errors import KhabarError
from indexer.snapshot.format.checksums import checksums
from indexer.snapshot.format.manifest import FORMAT_VERSION, Agreement, EncoderManifest, write_manifest
from indexer.snapshot.layout import EncoderLayout

MIN_AGREEMENT = 0.99
"""Least mean cosine between the query vectors of the export and of the reference.

The mean decides, and the minimum is recorded too: one unusual headline must not be the reason that
a service suddenly needs torch.
"""

_OPSET = 17
_INPUTS = ("input_ids", "attention_mask")
_LARGE_TENSOR_BYTES = 2**20


class ExportFailed(Exception):
    """The model cannot be exported, or the export does not agree with it."""


def write_query_encoder(reference: SentenceTransformersEncoder, texts: Sequence[str], root: Path) -> EncoderManifest:
    """Write the query encoder of `reference` into the empty folder `root`, with its manifest.

    `texts` are queries on which the vectors of export and reference are compared. If the model cannot
    be exported, or their mean cosine is below 0.99, the whole model is saved instead, to be served
    through sentence-transformers; the manifest then gives the reason.
    """
    layout = EncoderLayout(root)
    agreement, reason = None, None
    try:
        agreement = _export(reference, texts, layout)
    except ExportFailed as error:
        reason = str(error)
        for path in (layout.onnx, layout.onnx_tensors, layout.tokenizer, layout.pieces, layout.pieces_record):
            path.unlink(missing_ok=True)
        load_model(reference.folder, device="cpu").save(str(layout.sentence_transformers), safe_serialization=True)
    files = [path for path in root.rglob("*") if path.is_file()]
    manifest = EncoderManifest(
        format_version=FORMAT_VERSION,
        spec=reference.spec,
        backend="onnx-int8" if reason is None else "sentence-transformers",
        agreement=agreement,
        fallback_reason=reason,
        files=checksums(files, root),
    )
    write_manifest(layout.manifest, manifest)
    return manifest


def _export(reference: SentenceTransformersEncoder, texts: Sequence[str], layout: EncoderLayout) -> Agreement:
    write_tokenizer(reference.model.tokenizer.backend_tokenizer, layout)
    with tempfile.TemporaryDirectory(dir=layout.root) as scratch, _traceable(reference) as model:
        _write(int8_graph(model, reference, Path(scratch), layout.onnx_tensors), layout)
    return check_agreement(layout, reference, texts)


@contextmanager
def _traceable(reference: SentenceTransformersEncoder) -> Iterator[SentenceTransformer]:
    """Yield the model in float32 with eager attention: fused attention cannot be traced into operators of ONNX.

    It is the reference itself where that is in float32 on the CPU: a second one would take half a gigabyte.
    """
    if (reference.description.precision, reference.description.device) != ("fp32", "cpu"):
        yield load_model(reference.folder, device="cpu", dtype=torch.float32, attn_implementation="eager")
        return
    transformer: Any = reference.model[0].auto_model
    fused = transformer.config._attn_implementation  # noqa: SLF001  # no public name
    transformer.set_attn_implementation("eager")
    try:
        yield reference.model
    finally:
        transformer.set_attn_implementation(fused)


def int8_graph(
    model: SentenceTransformer, tokens: SentenceTransformersEncoder, scratch: Path, table: Path
) -> onnx.ModelProto:
    """Return a model in float32 with eager attention as a smoothed int8 graph; working files are written to `scratch`.

    The graph reads its word embeddings from the file `table`, which is written, and beside which it must be saved.
    `tokens` turns the built-in queries into the typical inputs of the graph.

    Raises:
        ExportFailed: the model cannot be traced or quantised.
    """
    full, quantised = (scratch / name for name in ("full.onnx", "quantised.onnx"))
    try:
        pipeline = _Pipeline(model)
        words = WordEmbeddings(pipeline)
        with _hide_library_advice():
            with words.removed_from_model():
                _export_graph(pipeline, model, tokens.spec.max_tokens, full)
            graph = onnx.load(full)
            with words.added_as_input(graph):
                feeds = ({**feed, words.name: words.weights} for feed in _typical_inputs(tokens))
                smooth(graph, feeds, scratch / "probed.onnx")
            onnx.save(graph, full)
            del graph
            quantize_dynamic(full, quantised, per_channel=True, weight_type=QuantType.QInt8)
        onnx.checker.check_model(str(quantised))
        graph = onnx.load(quantised)
        words.write_to(table, graph)
        return graph
    except (KhabarError, OSError, MemoryError):
        raise  # not a fault of the model
    except Exception as error:  # tracing runs code of the model's classes, which can raise anything
        lines = str(error).strip().splitlines()
        raise ExportFailed(f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}") from error


def check_agreement(layout: EncoderLayout, reference: QueryEncoder, texts: Sequence[str]) -> Agreement:
    """Return the cosines between the query vectors of an export and of the model that was exported.

    Raises:
        ExportFailed: their mean is below 0.99.
    """
    agreement = measure_agreement(OnnxQueryEncoder(layout, reference.spec), reference, texts)
    if agreement.mean < MIN_AGREEMENT:
        raise ExportFailed(f"int8 vectors agree with the reference at a mean cosine of {agreement.mean:.4f} only")
    return agreement


def _write(graph: onnx.ModelProto, layout: EncoderLayout) -> None:
    """Write a graph; its other large tensors are added to the file of the table, which is mapped and shared."""
    onnx.save_model(
        graph,
        layout.onnx,
        save_as_external_data=True,
        location=layout.onnx_tensors.name,
        size_threshold=_LARGE_TENSOR_BYTES,
    )
    layout.onnx_tensors.chmod(layout.onnx.stat().st_mode)  # the library lets only the owner read it


def _typical_inputs(reference: SentenceTransformersEncoder) -> Iterator[Feed]:
    """Yield the built-in queries as inputs of the graph. They are fixed, so the export depends on the model alone."""
    for text in (query for language in BANK_LANGUAGES for query in query_bank(language)):
        ids = np.array([reference.token_ids(text)], dtype=np.int64)
        yield {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def measure_agreement(exported: QueryEncoder, reference: QueryEncoder, texts: Sequence[str]) -> Agreement:
    """Return the cosines between the query vectors of two encoders; without texts they are 0."""
    if not texts:
        return Agreement(min=0.0, mean=0.0, n_texts=0)
    cosines = np.sum(exported.encode_queries(texts) * reference.encode_queries(texts), axis=1)
    return Agreement(min=round(float(cosines.min()), 6), mean=round(float(cosines.mean()), 6), n_texts=len(texts))


class _Pipeline(torch.nn.Module):
    """A sentence-transformers model as one function from token ids to vectors."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.modules_in_order = torch.nn.ModuleList(model.children())

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        for module in self.modules_in_order:
            features = module(features)
        embedding: torch.Tensor = features["sentence_embedding"]
        return embedding


def _export_graph(pipeline: _Pipeline, model: SentenceTransformer, max_tokens: int, path: Path) -> None:
    """Trace the pipeline of a model on the CPU into an ONNX file."""
    model.max_seq_length = max_tokens
    example = {name: torch.ones(2, 8, dtype=torch.int64) for name in _INPUTS}
    with torch.inference_mode():
        torch.onnx.export(
            pipeline,
            tuple(example.values()),
            str(path),
            input_names=list(_INPUTS),
            output_names=[ONNX_OUTPUT],
            dynamic_axes={name: {0: "batch", 1: "token"} for name in _INPUTS} | {ONNX_OUTPUT: {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )


@contextmanager
def _hide_library_advice() -> Iterator[None]:
    """Hide advice of the exporter and the quantiser to developers."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # The TorchScript exporter is deprecated, but the newer one writes invalid graphs for these models.
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
