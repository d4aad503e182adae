"""Runs in the peers' environment: a Chroma collection behind a thin HTTP front.

`python chroma_front.py index ROWS OUT` loads exported rows; `python chroma_front.py serve OUT MODEL PORT`
answers `GET /search?query=...&limit=10`. Chroma's own server takes vectors, and leaves encoding to
its clients; the front does what they would do, with sentence-transformers, in one process.
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
_AT_ONCE = 5_000


def _client(folder: str) -> Any:
    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))


def index(rows: Path, folder: str) -> None:
    """Load all rows into a collection that compares by cosine; all else is as Chroma has it by default."""
    ids = json.loads((rows / "ids.json").read_text(encoding="utf-8"))
    texts = json.loads((rows / "texts.json").read_text(encoding="utf-8"))
    vectors = np.load(rows / "vectors.npy", mmap_mode="r")
    collection = _client(folder).create_collection(
        _NAME, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for start in range(0, len(ids), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        collection.add(ids=ids[some], documents=texts[some], embeddings=np.array(vectors[some]))


def create_app(folder: str, model_folder: str) -> FastAPI:
    """Return the front over a loaded collection."""
    model = SentenceTransformer(model_folder)
    collection = _client(folder).get_collection(_NAME, embedding_function=None)
    app = FastAPI()

    @app.get("/search")
    def search(query: str, limit: int = 10) -> list[dict[str, Any]]:
        vector = model.encode_query(query)  # with the prompt that the model's configuration names
        found = collection.query(query_embeddings=[vector], n_results=limit, include=["documents", "distances"])
        columns = zip(found["ids"][0], found["documents"][0], found["distances"][0], strict=True)
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
