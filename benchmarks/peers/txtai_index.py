"""Loads exported rows into a txtai index; runs in the peers' environment.

`python txtai_index.py ROWS MODEL OUT`. Rows keep their exported vectors; the served index encodes queries
with the model. Everything else is txtai's default.
"""

import json
import sys
from pathlib import Path

import numpy as np
from txtai import Embeddings

INSTRUCTIONS = {"query": "query: ", "data": "passage: "}
"""Prompts of multilingual-e5 for queries and passages."""


class PrecomputedVectors:
    """Replaces a model: returns the exported vectors of texts, which must come in order of row."""

    def __init__(self, texts: list[str], vectors: np.ndarray) -> None:
        self._texts, self._vectors = texts, vectors
        self.n_read = 0

    def next(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of the next texts, shape (n_texts, dim)."""
        rows = slice(self.n_read, self.n_read + len(texts))
        if self._texts[rows] != texts:
            raise ValueError(f"txtai wants to encode other texts than those after row {self.n_read}")
        self.n_read = rows.stop
        return np.array(self._vectors[rows])


def main(rows: Path, model: str, out: str) -> None:
    """Index all rows and save the index with the model's name in place of the precomputed vectors."""
    ids = json.loads((rows / "ids.json").read_text(encoding="utf-8"))
    texts = json.loads((rows / "texts.json").read_text(encoding="utf-8"))
    precomputed = PrecomputedVectors(texts, np.load(rows / "vectors.npy", mmap_mode="r"))

    def transform(some: list[str]) -> np.ndarray:  # txtai accepts plain functions only
        return precomputed.next(some)

    embeddings = Embeddings(method="external", transform=transform, content=True)
    embeddings.index((name, text, None) for name, text in zip(ids, texts, strict=True))
    if precomputed.n_read != len(ids):
        raise ValueError(f"txtai took {precomputed.n_read} of {len(ids)} rows")
    for name in ("method", "transform"):
        embeddings.config.pop(name)
    embeddings.config |= {"path": model, "instructions": INSTRUCTIONS}
    embeddings.save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
