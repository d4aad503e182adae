"""Opening the query encoder of a store, by the back end that its manifest names."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec, QueryEncoder
from indexer.snapshot.errors import ModelError
from indexer.snapshot.layout import EncoderLayout

ONNX = "onnx-int8"

BACKENDS = "khabar.query_encoders"
"""Group of entry points of installed packages: the back ends that serving does not bring itself.

Each is a `WholeModelOpener` under the name that manifests have for it. What it imports, such as
torch, is imported only when a store needs it.
"""


class WholeModelOpener(Protocol):
    """Opens a model that could not be exported, from the folder in which it was saved."""

    def __call__(self, folder: Path, spec: EncoderSpec) -> QueryEncoder:
        """Return the query encoder; raises ModelError where the model cannot be loaded."""
        ...


def open_query_encoder(layout: EncoderLayout, spec: EncoderSpec, backend: str) -> QueryEncoder:
    """Open the query encoder at `layout`.

    Raises:
        SnapshotDamaged: its files cannot be loaded.
        ModelError: no installed package brings the back end, or a package that it needs is missing.
    """
    if backend == ONNX:
        return OnnxQueryEncoder(layout, spec)
    try:
        (entry,) = entry_points(group=BACKENDS, name=backend)
        opener: WholeModelOpener = entry.load()
    except (ValueError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) or f"the back end {backend}"
        raise ModelError(
            f"{spec.name} could not be exported, so serving it needs {missing}: pip install 'khabar[index]'"
        ) from error
    return opener(layout.sentence_transformers, spec)
