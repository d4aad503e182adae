"""Exporting a real, tiny model without its table of word embeddings, which comes back as if it had been there."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime.quantization.quant_utils import quantize_data

from indexer.encoders.export import write_query_encoder
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.snapshot.layout import EncoderLayout

TEXTS = ["The harbour was closed on Sunday.", "storm", "أغلق الميناء يوم الأحد", ""]


@pytest.fixture
def reference(tiny_model: Path) -> SentenceTransformersEncoder:
    return SentenceTransformersEncoder.load(find_model(str(tiny_model)), precision="fp32")


def test_the_table_is_quantised_as_the_quantiser_would(reference: SentenceTransformersEncoder, tmp_path: Path) -> None:
    write_query_encoder(reference, TEXTS, tmp_path)
    layout = EncoderLayout(tmp_path)
    tensors = {tensor.name: tensor for tensor in onnx.load(layout.onnx).graph.initializer}
    name = next(name.removesuffix("_quantized") for name in tensors if "word_embeddings" in name and "_quant" in name)
    table = next(weight for key, weight in reference.model.named_parameters() if "word_embeddings" in key)
    zero_point, scale, quantised = quantize_data(table.detach().numpy(), onnx.TensorProto.UINT8, symmetric=False)
    assert numpy_helper.to_array(tensors[f"{name}_scale"]) == scale
    assert numpy_helper.to_array(tensors[f"{name}_zero_point"]) == zero_point
    np.testing.assert_array_equal(numpy_helper.to_array(tensors[f"{name}_quantized"]), quantised)
    assert layout.onnx_tensors.read_bytes() == quantised.tobytes()


def test_the_model_is_afterwards_what_it_was(reference: SentenceTransformersEncoder, tmp_path: Path) -> None:
    before = reference.encode_queries(TEXTS)
    transformer: Any = reference.model[0].auto_model
    attention = transformer.config._attn_implementation
    write_query_encoder(reference, TEXTS, tmp_path)
    np.testing.assert_array_equal(reference.encode_queries(TEXTS), before)
    assert transformer.config._attn_implementation == attention


def test_a_reference_in_another_precision_has_the_same_export(
    reference: SentenceTransformersEncoder, tiny_model: Path, tmp_path: Path
) -> None:
    other = SentenceTransformersEncoder.load(find_model(str(tiny_model)), precision="bf16")
    folders = [tmp_path / "fp32", tmp_path / "bf16"]
    for folder, encoder in zip(folders, (reference, other), strict=True):
        folder.mkdir()
        write_query_encoder(encoder, TEXTS, folder)
    for name in (EncoderLayout(folders[0]).onnx.name, EncoderLayout(folders[0]).onnx_tensors.name):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
