"""The reference encoder: sentence-transformers. Loads models with torch."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers.utils.logging import disable_progress_bar

from indexer.embedding.passage import EncoderDescription, passage_budget
from indexer.encoders.models import ModelSource
from indexer.encoders.token_count import token_counter
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, unit
from indexer.snapshot.errors import ModelError
from indexer.snapshot.python_turn import native_code
from indexer.snapshot.text.normalisation import for_encoder, for_query_encoder

MAX_TOKENS = 512
"""Longest input, even if a model reads more: one vector represents a longer text poorly."""

_BATCH_SIZE = 32

_PADDED_TO = 8
"""Texts are padded to a multiple of so many tokens."""


class SentenceTransformersEncoder:
    """Encodes queries and passages with a sentence-transformers model.

    It runs on the GPU if torch finds one, in bfloat16 ("bf16") if the hardware multiplies it natively, else in "fp32".
    `description` has the chosen device and precision.
    """

    def __init__(self, model: SentenceTransformer, spec: EncoderSpec, folder: Path, precision: str) -> None:
        self.spec = spec
        self.model = model
        self.folder = folder
        count_tokens = token_counter(Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str()))
        budget = passage_budget(spec, int(model.tokenizer.num_special_tokens_to_add()), count_tokens)
        self.description = EncoderDescription(spec, budget, count_tokens, str(model.device.type), precision)

    @classmethod
    def load(cls, source: ModelSource, *, precision: str | None = None) -> "SentenceTransformersEncoder":
        """Load a checked model; `precision` ("fp32" or "bf16") overrides the choice for the hardware.

        Raises:
            ModelError: sentence-transformers cannot load it, or it reads too few tokens.
        """
        model = load_model(source.folder)
        precision = precision or native_precision(model.device.type)
        limit = model.get_max_seq_length() or MAX_TOKENS
        model.max_seq_length = min(limit, MAX_TOKENS)
        spec = EncoderSpec(
            name=source.name,
            fingerprint=source.fingerprint,
            dim=_dimension(model),
            max_tokens=model.max_seq_length,
            query_prompt=source.prompts.query,
            passage_prompt=source.prompts.passage,
        )
        return cls(model.to(dtype=torch.bfloat16) if precision == "bf16" else model, spec, source.folder, precision)

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        return self._encode([self.spec.query_prompt + for_query_encoder(text) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        return self._encode([self.spec.passage_prompt + for_encoder(text) for text in texts])

    def token_ids(self, query: str) -> list[int]:
        """Return the token ids of a query as the model reads them, with prompt and special tokens."""
        return self._token_ids([self.spec.query_prompt + for_query_encoder(query)])[0]

    def _encode(self, texts: list[str]) -> FloatArray:
        vectors = np.empty((len(texts), self.spec.dim), dtype=np.float32)
        with native_code():
            for length, rows in self._rows_by_length(texts):
                encoded = self.model.encode(
                    [texts[row] for row in rows],
                    prompt="",  # they have it already, and the library could add it a second time
                    batch_size=_BATCH_SIZE,
                    show_progress_bar=False,
                    convert_to_tensor=True,
                    processing_kwargs={"text": {"padding": "max_length", "max_length": length}},
                )
                vectors[rows] = encoded.to(device="cpu", dtype=torch.float32).numpy()
        return unit(vectors)

    def _rows_by_length(self, texts: list[str]) -> Iterator[tuple[int, list[int]]]:
        """Yield the places of texts that are padded to the same number of tokens, and that number.

        It depends on the text alone. On a processor, so does its vector then, bit for bit, whatever else is in a batch.
        """
        rows, most = defaultdict[int, list[int]](list), self.spec.max_tokens
        for row, ids in enumerate(self._token_ids(texts)):
            rows[min(math.ceil(len(ids) / _PADDED_TO) * _PADDED_TO, most)].append(row)
        yield from sorted(rows.items())

    def _token_ids(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        ids: list[list[int]] = self.model.tokenizer(texts, truncation=True, max_length=self.spec.max_tokens).input_ids
        return ids


def open_saved_model(folder: Path, spec: EncoderSpec) -> SentenceTransformersEncoder:
    """Open a model that was saved whole in a store because it could not be exported.

    Raises:
        ModelError: sentence-transformers cannot load it.
    """
    model = load_model(folder)
    model.max_seq_length = spec.max_tokens
    return SentenceTransformersEncoder(model, spec, folder, "fp32")


def native_precision(device: str) -> str:
    """Return "bf16" if `device` ("cpu", "cuda") multiplies bfloat16 natively, else "fp32"."""
    if device == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    capabilities = torch.cpu.get_capabilities() if device == "cpu" else {}
    return "bf16" if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") else "fp32"


def load_model(folder: Path, *, device: str | None = None, **model_kwargs: Any) -> SentenceTransformer:
    """Load a checked model folder without running its code or unpickling anything.

    `device` defaults to the GPU where torch sees one; `model_kwargs` go to transformers.

    Raises:
        ModelError: sentence-transformers cannot load it.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]  # the build shows its own
    try:
        model = SentenceTransformer(
            str(folder),
            device=device,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, **model_kwargs},
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"sentence-transformers cannot load {folder}: {reason}") from error
    return model.eval()


def _dimension(model: SentenceTransformer) -> int:
    with torch.inference_mode():
        return int(model.encode("x", show_progress_bar=False, convert_to_tensor=True).shape[-1])
