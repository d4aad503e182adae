"""From the folder of a trained query encoder to the encoder of a store."""

import shutil

import numpy as np
from transformers import AutoTokenizer

from indexer.encoders.models import ModelSource
from indexer.encoders.pieces import write_tokenizer
from indexer.encoders.query_graph.simplify import simplify_graph
from indexer.encoders.student.embedding_table import table_shape, write_table
from indexer.encoders.student.static_weights import Levels, StaticWeights
from indexer.encoders.student.student_folder import EmbeddingTable, StudentFolder
from indexer.snapshot.encoder.open import ONNX
from indexer.snapshot.format.checksums import checksums
from indexer.snapshot.format.manifest import FORMAT_VERSION, EncoderManifest, write_manifest
from indexer.snapshot.layout import EncoderLayout


def write_student_encoder(folder: StudentFolder, model: ModelSource, layout: EncoderLayout) -> EncoderManifest:
    """Write the query encoder of a store into the empty folder of `layout`, with its manifest; nothing is exported.

    Raises:
        ModelError: the student was trained for another passage model, or a file is damaged.
    """
    student = folder.read_manifest()
    folder.check_fits(model)
    shutil.copyfile(folder.onnx, layout.onnx)
    if folder.phrases.exists():
        shutil.copyfile(folder.phrases, layout.phrases)
    write_table(model.folder, student.embeddings, layout.onnx_tensors)
    if folder.static.exists():
        _write_static_encoder(StaticWeights.open(folder.static), model, student.embeddings, layout)
    tokenizer = AutoTokenizer.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
    write_tokenizer(tokenizer.backend_tokenizer, layout)
    simplify_graph(layout, student.spec)
    files = [
        *(layout.onnx, layout.onnx_tensors, layout.phrases, layout.token_vectors, layout.token_projection),
        *(layout.tokenizer, layout.pieces, layout.pieces_record),
    ]
    manifest = EncoderManifest(
        format_version=FORMAT_VERSION,
        spec=student.spec,
        backend=ONNX,
        agreement=student.agreement,
        fallback_reason=None,
        files=checksums([path for path in files if path.exists()], layout.root),
        student=student.student,
    )
    write_manifest(layout.manifest, manifest)
    return manifest


def embedding_levels(model: ModelSource, table: EmbeddingTable, layout: EncoderLayout) -> Levels:
    """Return the word embeddings in 8 bits of an encoder that is written, shape (vocabulary, width), as a map."""
    return np.memmap(layout.onnx_tensors, np.uint8, "r", shape=table_shape(model.folder, table)).view(np.ndarray)


def _write_static_encoder(
    weights: StaticWeights, model: ModelSource, table: EmbeddingTable, layout: EncoderLayout
) -> None:
    vectors = weights.table(embedding_levels(model, table, layout), table.zero_point)
    np.save(layout.token_vectors, vectors, allow_pickle=False)
    np.save(layout.token_projection, weights.projection, allow_pickle=False)
