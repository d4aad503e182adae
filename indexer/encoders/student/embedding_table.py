"""The table of word embeddings in 8 bits: located in the passage model, and quantised again from it.

The table is nine tenths of a small multilingual model. It is not trained, so a student's folder only records where the
passage model has it and how it was quantised; the same bytes come out, which their checksum proves.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open

from indexer.encoders.student.student_folder import EmbeddingTable
from indexer.encoders.word_embeddings import QUANTISED, ROWS_AT_ONCE, SCALE, ZERO_POINT, quantised_rows
from indexer.snapshot.errors import ModelError
from indexer.snapshot.format.checksums import sha256_file


def find_table(graph: onnx.ModelProto, model_folder: Path, quantised: Path) -> EmbeddingTable:
    """Return how the tensor that a quantised graph reads from the file `quantised` comes from the passage model.

    Raises:
        ModelError: it is not one of the passage model's tensors, quantised as a whole.
    """
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    (words,) = (tensor for tensor in tensors.values() if tensor.external_data)
    stem = words.name.removesuffix(QUANTISED)
    levels = [numpy_helper.to_array(tensors[stem + end]) for end in (SCALE, ZERO_POINT) if stem + end in tensors]
    if [level.size for level in levels] != [1, 1] or words.data_type != onnx.TensorProto.UINT8:
        raise ModelError("the table of word embeddings is not quantised as a whole to unsigned 8 bits")
    digest = sha256_file(quantised)
    file, tensor = _find_table(model_folder, tuple(words.dims))
    table = EmbeddingTable(file, tensor, float(levels[0].item()), int(levels[1].item()), digest)
    made_again = hashlib.sha256()
    for rows in _quantised_rows(model_folder, table):
        made_again.update(rows)
    if made_again.hexdigest() != digest:
        raise ModelError("the table of word embeddings is not that of the passage model")
    return table


def write_table(model_folder: Path, table: EmbeddingTable, path: Path) -> None:
    """Write the quantised table of the passage model in `model_folder` to `path`.

    Raises:
        ModelError: the model lacks the table, or has another one than the student was trained with.
    """
    digest = hashlib.sha256()
    try:
        with path.open("wb") as stream:
            for rows in _quantised_rows(model_folder, table):
                digest.update(rows)
                stream.write(rows)
    except (SafetensorError, FileNotFoundError) as error:
        raise ModelError(f"{model_folder} has no tensor {table.tensor} in {table.file}") from error
    if digest.hexdigest() != table.sha256:
        raise ModelError(f"the word embeddings of {model_folder} are not those that the query encoder was trained with")


def table_shape(model_folder: Path, table: EmbeddingTable) -> tuple[int, int]:
    """Return the number of tokens of the table in the passage model, and the components of each."""
    with safe_open(model_folder / table.file, framework="np") as stored:
        n_rows, width = stored.get_slice(table.tensor).get_shape()
    return n_rows, width


def _quantised_rows(model_folder: Path, table: EmbeddingTable) -> Iterator[bytes]:
    with safe_open(model_folder / table.file, framework="np") as stored:
        tensor = stored.get_slice(table.tensor)
        n_rows = tensor.get_shape()[0]
        for start in range(0, n_rows, ROWS_AT_ONCE):
            rows = tensor[start : min(start + ROWS_AT_ONCE, n_rows)]
            yield quantised_rows(rows, table.scale, table.zero_point)


def _find_table(model_folder: Path, shape: tuple[int, ...]) -> tuple[str, str]:
    """Return file and name of the only tensor of a shape in a model's folder."""
    found = []
    for path in sorted(model_folder.rglob("*.safetensors")):
        with safe_open(path, framework="np") as stored:
            names = stored.keys()
            found += [
                (path.relative_to(model_folder).as_posix(), name)
                for name in names
                if tuple(stored.get_slice(name).get_shape()) == shape
            ]
    if len(found) != 1:
        raise ModelError(f"the passage model has {len(found)} tensors of shape {shape}")
    return found[0]
