"""Runs in the peers' environment: loads exported rows into a txtai index.

`python txtai_index.py ROWS MODEL OUT`. Rows get the vectors that are there already; queries are
encoded by the model once the index is served. Everything else is as txtai has it by default.
"""

import json
import sys
from pathlib import Path

import numpy as np
from txtai import Embeddings

INSTRUCTIONS = {"query": "query: ", "data": "passage: "}
"""What multilingual-e5 wants before queries and passages."""


class Given:
    """Stands in for a model: hands out the rows' vectors in the order in which their texts come."""

    def __init__(self, texts: list[str], vectors: np.ndarray) -> None:
        self._texts, self._vectors = texts, vectors
        self.at = 0

    def next(self, texts: list[str]) -> np.ndarray:
        """Return the vectors of the next texts, shape (n_texts, dim)."""
        rows = slice(self.at, self.at + len(texts))
        if self._texts[rows] != texts:
            raise ValueError(f"txtai asks for other texts than those after row {self.at}")
        self.at = rows.stop
        return np.array(self._vectors[rows])


def main(rows: Path, model: str, out: str) -> None:
    """Index all rows and save the index with the model's name in place of the vectors given."""
    ids = json.loads((rows / "ids.json").read_text(encoding="utf-8"))
    texts = json.loads((rows / "texts.json").read_text(encoding="utf-8"))
    given = Given(texts, np.load(rows / "vectors.npy", mmap_mode="r"))

    def transform(some: list[str]) -> np.ndarray:  # txtai takes plain functions only
        return given.next(some)

    embeddings = Embeddings(method="external", transform=transform, content=True)
    embeddings.index((name, text, None) for name, text in zip(ids, texts, strict=True))
    if given.at != len(ids):
        raise ValueError(f"txtai took {given.at} of {len(ids)} rows")
    for name in ("method", "transform"):
        embeddings.config.pop(name)
    embeddings.config |= {"path": model, "instructions": INSTRUCTIONS}
    embeddings.save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
