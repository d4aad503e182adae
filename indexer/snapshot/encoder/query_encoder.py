"""The interface of a query encoder, whatever library runs it, and its identity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Identity of an encoder; only vectors with the same `fingerprint` are comparable.

    `fingerprint` is a digest of weights, tokenizer, prompts and text normalisation. `dim` is the number of components
    of a vector, `max_tokens` the longest input including prompt and special tokens. `query_prompt` and `passage_prompt`
    are put in front of every text. `name` is shown to people and not compared: one model can have several names.
    """

    name: str = field(compare=False)
    fingerprint: str
    dim: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str


class QueryEncoder(Protocol):
    """Encodes queries; safe to call from several threads at once.

    What takes long is `python_turn.native_code`, so that other searches go on meanwhile.
    """

    @property
    def spec(self) -> EncoderSpec:
        """Identity of the encoder."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        ...


def unit(vectors: npt.NDArray[np.floating]) -> FloatArray:
    """Return `vectors` of shape (..., dim) scaled to unit norm, float32; zero vectors stay zero."""
    if vectors.ndim == 1:  # most are alone, and the general way takes several times as long for one
        norm = math.sqrt(vectors @ vectors)
        return np.asarray(vectors / norm if norm else vectors, dtype=np.float32)
    norms = np.sqrt(np.vecdot(vectors, vectors))[..., None]
    return np.ascontiguousarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)
