"""A static encoder: each token has one vector whatever stands beside it, and a sentence has the sum of its tokens'.

It takes no network, so it is some hundred times as fast as the query encoder, and less exact. It compares the sentences
of a paragraph, which is the best of a few; whole corpora are searched with the query encoder. Its vectors come near to
the neutral query vectors of the same texts, in the dimensions in which these differ most.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.encoder.query_tokenizer import ServingTokenizer
from indexer.snapshot.errors import SnapshotDamaged
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.text.normalisation import for_query_encoder

TokenVectors = npt.NDArray[np.int8]


class StaticEncoder:
    """Compares texts with a query; safe to call from several threads at once.

    `tokens`, shape (vocabulary, dim), int8, has the vector of each token; `projection`, shape (dim, dim of the query
    encoder), float32, brings query vectors into the same space.
    """

    def __init__(self, tokenizer: ServingTokenizer, tokens: TokenVectors, projection: FloatArray) -> None:
        self._tokenizer = tokenizer
        self._tokens = tokens
        self._projection = projection

    @classmethod
    def open(cls, layout: EncoderLayout, tokenizer: ServingTokenizer, dim: int) -> "StaticEncoder":
        """Map the vectors of tokens, which all processes share; `dim` is that of the query encoder.

        Raises:
            SnapshotDamaged: a file is missing or no such array, or the two do not belong together.
        """
        try:
            tokens = np.lib.format.open_memmap(layout.token_vectors, mode="r").view(np.ndarray)
            projection = np.load(layout.token_projection, allow_pickle=False)
        except Exception as error:  # a damaged header gives errors of numpy's parser of Python as well
            raise SnapshotDamaged(f"the static encoder in {layout.root} cannot be loaded: {error}") from error
        if tokens.dtype != np.int8 or tokens.ndim != 2 or projection.shape != (tokens.shape[1], dim):
            raise SnapshotDamaged(f"the static encoder in {layout.root} does not fit its query encoder")
        return cls(tokenizer, tokens, projection.astype(np.float32))

    def cosines(self, texts: Sequence[str], query: FloatArray) -> FloatArray:
        """Return how similar texts are to a neutral query vector of shape (dim,): shape (n_texts,), float32."""
        cosines: FloatArray = self.encode(texts) @ unit(self._projection @ query)
        return cosines

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of texts, shape (n_texts, dim), float32, unit norm."""
        ids = [self._tokenizer.ids(for_query_encoder(text)) for text in texts]
        vectors = [self._tokens[each].sum(axis=0, dtype=np.int32) for each in ids]
        return unit(np.stack(vectors).astype(np.float32))
