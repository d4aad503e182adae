"""Opening the encoders of a store with the back end in the manifest."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from indexer.snapshot.encoder.encoder_with_phrases import EncoderWithPhrases
from indexer.snapshot.encoder.onnx_encoder import OnnxQueryEncoder
from indexer.snapshot.encoder.phrase_table import PhraseTable
from indexer.snapshot.encoder.query_encoder import EncoderSpec, QueryEncoder
from indexer.snapshot.encoder.static_encoder import StaticEncoder
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


@dataclass(frozen=True, slots=True)
class ServingEncoders:
    """What a store encodes with: its queries, and the sentences of paragraphs where it has an encoder for them."""

    queries: QueryEncoder
    sentences: StaticEncoder | None = None


def open_query_encoder(layout: EncoderLayout, spec: EncoderSpec, backend: str) -> QueryEncoder:
    """Open the query encoder at `layout`; raises as `open_encoders` does."""
    return open_encoders(layout, spec, backend).queries


def open_encoders(layout: EncoderLayout, spec: EncoderSpec, backend: str) -> ServingEncoders:
    """Open the query encoder at `layout`, and the static encoder beside it.

    Raises:
        SnapshotDamaged: its files cannot be loaded.
        ModelError: no installed package has the back end, or a package that it needs is missing.
    """
    if backend == ONNX:
        network = OnnxQueryEncoder(layout, spec)
        queries: QueryEncoder = network
        if layout.phrases.exists():
            queries = EncoderWithPhrases(network, PhraseTable.open(layout.phrases, spec.dim))
        if not layout.token_vectors.exists():
            return ServingEncoders(queries)
        return ServingEncoders(queries, StaticEncoder.open(layout, network.tokenizer, spec.dim))
    try:
        (entry,) = entry_points(group=BACKENDS, name=backend)
        opener: WholeModelOpener = entry.load()
    except (ValueError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) or f"the back end {backend}"
        raise ModelError(
            f"{spec.name} could not be exported, so serving it needs {missing}: pip install 'khabar[index]'"
        ) from error
    return ServingEncoders(opener(layout.sentence_transformers, spec))
