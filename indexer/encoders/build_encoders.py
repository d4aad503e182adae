"""The encoders of a build; a model is loaded only when there is something to encode or to export.

On most nights there are few new texts, on some nights none. A build needs the identity of the model and its tokenizer
in any case; the store has both beside the published version.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from indexer.embedding.passage import EncoderDescription, passage_budget
from indexer.embedding.query_texts import BANK_LANGUAGES, headlines, query_bank
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.embedding.sampling import evenly_spaced
from indexer.encoders.models import ModelSource
from indexer.encoders.token_count import token_counter
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.open import open_query_encoder
from indexer.snapshot.encoder.query_encoder import QueryEncoder
from indexer.snapshot.errors import ModelError, StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import EncoderManifest, read_encoder_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.store.publish import install_encoder

if TYPE_CHECKING:
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder

_AGREEMENT_TEXTS_PER_LANGUAGE = 32


class LazyPassageEncoder:
    """The encoder of passages; its model is loaded when it is needed for the first time."""

    def __init__(self, store: StoreLayout, source: ModelSource, reporter: Reporter) -> None:
        self._source = source
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
            self._reporter.print_line(f"loading {self._source.name}")
            # Importing torch takes seconds: a wrong path or an empty corpus is reported before that.
            try:
                from indexer.encoders.reference_encoder import SentenceTransformersEncoder
            except ModuleNotFoundError as error:
                raise ModelError(f"building needs {error.name}: pip install 'khabar[bundled]'") from error
            self._model = SentenceTransformersEncoder.load(self._source)
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
        layout = store.encoder(fingerprint)
        encoder = read_encoder_manifest(layout.manifest)
        name = layout.tokenizer.name
        if encoder.spec != manifest.encoder or name not in encoder.files:
            return None
        check_files(layout.root, {name: encoder.files[name]})
    except StoreError:
        return None
    tokenizer = Tokenizer.from_file(str(layout.tokenizer))
    count_tokens = token_counter(tokenizer)
    budget = passage_budget(encoder.spec, tokenizer.num_special_tokens_to_add(is_pair=False), count_tokens)
    return EncoderDescription(encoder.spec, budget, count_tokens, manifest.build.device, manifest.build.precision)


def stored_query_encoder(
    corpus: Corpus, encoder: LazyPassageEncoder, store: StoreLayout, staging: Path, reporter: Reporter
) -> tuple[EncoderManifest, CachedQueryEncoder]:
    """Return the store's query encoder for a model; export it first if it is missing or damaged.

    The export is compared with the model on headlines of the corpus and on built-in queries.
    """
    fingerprint = encoder.description.spec.fingerprint
    layout = store.encoder(fingerprint)
    try:
        manifest = read_encoder_manifest(layout.manifest)
        check_files(layout.root, manifest.files)
    except StoreError:  # missing, damaged or in another format
        from indexer.encoders.export import write_query_encoder

        model = encoder.load()
        reporter.print_line("exporting the query encoder")
        staged = staging / "encoder"
        staged.mkdir()
        manifest = write_query_encoder(model, _agreement_texts(corpus), staged)
        install_encoder(store, staged, fingerprint)
    if manifest.fallback_reason is not None:
        reporter.print_line(f"{manifest.spec.name} is served through sentence-transformers: {manifest.fallback_reason}")

    def open_encoder() -> QueryEncoder:
        return open_query_encoder(layout, manifest.spec, manifest.backend)

    return manifest, CachedQueryEncoder(manifest.spec, open_encoder, store.cache, manifest.export_id)


def _agreement_texts(corpus: Corpus) -> list[str]:
    texts = [headline.text for headline in headlines(corpus.openings(), _AGREEMENT_TEXTS_PER_LANGUAGE)]
    for language in BANK_LANGUAGES:
        texts += evenly_spaced(query_bank(language), _AGREEMENT_TEXTS_PER_LANGUAGE)
    return texts
