"""The passage encoder of a build; the model is loaded only when there is something to encode or to export.

On most nights there are few new texts, on some nights none. A build needs the identity of the model and its tokenizer
in any case; the store has both beside the published version.
"""

from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from indexer.embedding.passage import EncoderDescription, passage_budget
from indexer.encoders.models import ModelSource
from indexer.encoders.token_count import token_counter
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import ModelError, StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import read_encoder_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest

if TYPE_CHECKING:
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder


class LazyPassageEncoder:
    """The encoder of passages; its model is loaded when it is needed for the first time."""

    def __init__(self, store: StoreLayout, source: ModelSource, reporter: Reporter) -> None:
        self.source = source
        self._reporter = reporter
        self._model: SentenceTransformersEncoder | None = None
        self._recorded = recorded_description(store, source.fingerprint)

    @property
    def description(self) -> EncoderDescription:
        """The description of the loaded model, else the recorded one; the model is loaded if there is no record."""
        if self._model is None and self._recorded is not None:
            return self._recorded
        return self.load().description

    def load(self) -> "SentenceTransformersEncoder":
        """Return the model; load it if it is not loaded yet.

        Raises:
            ModelError: a package is missing, or the model cannot be loaded.
        """
        if self._model is None:
            self._reporter.print_line(f"loading {self.source.name}")
            # Importing torch takes seconds: a wrong path or an empty corpus is reported before that.
            try:
                from indexer.encoders.reference_encoder import SentenceTransformersEncoder
            except ModuleNotFoundError as error:
                raise ModelError(f"building needs {error.name}: pip install 'khabar[bundled]'") from error
            self._model = SentenceTransformersEncoder.load(self.source)
            self._reporter.print_line(f"embedding on {self.description.device} in {self.description.precision}")
        return self._model


def recorded_description(store: StoreLayout, fingerprint: str) -> EncoderDescription | None:
    """Return the description of the encoder of the published version, or None if that was another encoder.

    It is also None if nothing is published, or if the store does not have the tokenizer or it is
    damaged; the model has to be loaded then.
    """
    try:
        manifest = current_manifest(store)
        if manifest.encoder.fingerprint != fingerprint:
            return None
        layout = store.encoder(manifest.served_encoder.fingerprint)  # a student has the tokenizer of its passage model
        encoder = read_encoder_manifest(layout.manifest)
        name = layout.tokenizer.name
        if encoder.spec != manifest.served_encoder or name not in encoder.files:
            return None
        check_files(layout.root, {name: encoder.files[name]})
    except StoreError:
        return None
    tokenizer = Tokenizer.from_file(str(layout.tokenizer))
    count_tokens = token_counter(tokenizer)
    budget = passage_budget(manifest.encoder, tokenizer.num_special_tokens_to_add(is_pair=False), count_tokens)
    return EncoderDescription(manifest.encoder, budget, count_tokens, manifest.build.device, manifest.build.precision)
