"""A Chroma collection behind a thin HTTP front; runs in the peers' environment.

`python chroma_front.py index ROWS OUT` loads exported rows; `python chroma_front.py serve OUT MODEL PORT`
answers `GET /search?query=...&limit=10`. Chroma's own server accepts vectors and leaves encoding to
its clients; the front encodes queries as a client would, with sentence-transformers, in one process.
"""

import json
import sys
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import uvicorn
from chromadb.config import Settings
from fastapi import FastAPI
from sentence_transformers import SentenceTransformer

_NAME = "paragraphs"
_BATCH = 5_000


def _client(folder: str) -> Any:
    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))


def index(rows: Path, folder: str) -> None:
    """Load all rows into a collection that compares by cosine; everything else is Chroma's default."""
    ids = json.loads((rows / "ids.json").read_text(encoding="utf-8"))
    texts = json.loads((rows / "texts.json").read_text(encoding="utf-8"))
    vectors = np.load(rows / "vectors.npy", mmap_mode="r")
    collection = _client(folder).create_collection(
        _NAME, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for start in range(0, len(ids), _BATCH):
        batch = slice(start, start + _BATCH)
        collection.add(ids=ids[batch], documents=texts[batch], embeddings=np.array(vectors[batch]))


def create_app(folder: str, model_folder: str) -> FastAPI:
    """Return the front over a loaded collection."""
    model = SentenceTransformer(model_folder)
    collection = _client(folder).get_collection(_NAME, embedding_function=None)
    app = FastAPI()

    @app.get("/search")
    def search(query: str, limit: int = 10) -> list[dict[str, Any]]:
        vector = model.encode_query(query)  # adds the prompt of the model's configuration
        result = collection.query(query_embeddings=[vector], n_results=limit, include=["documents", "distances"])
        columns = zip(result["ids"][0], result["documents"][0], result["distances"][0], strict=True)
        return [{"id": name, "text": text, "score": 1 - distance} for name, text, distance in columns]

    @app.get("/ready")
    def ready() -> int:
        return int(collection.count())

    return app


if __name__ == "__main__":
    if sys.argv[1] == "index":
        index(Path(sys.argv[2]), sys.argv[3])
    else:
        uvicorn.run(create_app(sys.argv[2], sys.argv[3]), port=int(sys.argv[4]), log_level="warning")
