"""Opening the query encoder of a store with the back end in its manifest."""

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from indexer.snapshot.encoder.encoder_with_phrases import EncoderWithPhrases
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.encoder.query_encoder import EncoderSpec, QueryEncoder
from indexer.snapshot.errors import ModelError
from indexer.snapshot.layout import EncoderLayout

ONNX = "onnx-int8"

BACKENDS = "khabar.query_encoders"
"""Group of entry points for back ends that are not part of the serving side.

Each entry point is a `WholeModelOpener`; its name is the back end in the manifests of encoders. Its
imports, such as torch, happen only when a store needs it.
"""


WholeModelOpener = Callable[[Path, EncoderSpec], QueryEncoder]
"""Opens a model that could not be exported, from the folder in which it was saved; may raise ModelError."""


def open_query_encoder(layout: EncoderLayout, spec: EncoderSpec, backend: str) -> QueryEncoder:
    """Open the query encoder at `layout`.

    Raises:
        SnapshotDamaged: its files cannot be loaded.
        ModelError: no installed package has the back end, or a package that it needs is missing.
    """
    if backend == ONNX:
        encoder = OnnxQueryEncoder(layout, spec)
        if layout.phrases.exists():
            return EncoderWithPhrases(encoder, PhraseTable.open(layout.phrases, spec.dim))
        return encoder
    try:
        (entry,) = entry_points(group=BACKENDS, name=backend)
        opener: WholeModelOpener = entry.load()
    except (ValueError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) or f"the back end {backend}"
        raise ModelError(
            f"{spec.name} could not be exported, so serving it needs {missing}: pip install 'khabar[index]'"
        ) from error
    return opener(layout.sentence_transformers, spec)
