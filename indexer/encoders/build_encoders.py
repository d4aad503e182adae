"""The encoders of a build, loaded only when there is something to encode or to export.

On most nights little is new, and on some nothing is. What the build needs of the model otherwise,
its identity and its tokenizer, stands in the store beside the published version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tokenizers import Tokenizer

from indexer.articles.split import TokenCounter
from indexer.embedding.passage import Room, passage_room
from indexer.embedding.query_texts import BANK_LANGUAGES, headlines, query_bank, spread
from indexer.encoders.models import ModelSource
from indexer.encoders.token_count import token_counter
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.open import open_query_encoder
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray, QueryEncoder
from indexer.snapshot.errors import ModelError, StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import EncoderManifest, read_encoder_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest
from indexer.store.publish import install_encoder

if TYPE_CHECKING:
    from indexer.encoders.reference_encoder import SentenceTransformersEncoder


_AGREEMENT_PER_LANGUAGE = 32


class PassageShape(Protocol):
    """What splitting and looking up vectors need of an encoder."""

    @property
    def spec(self) -> EncoderSpec: ...  # noqa: D102
    @property
    def room(self) -> Room: ...  # noqa: D102
    @property
    def device(self) -> str: ...  # noqa: D102
    @property
    def precision(self) -> str: ...  # noqa: D102
    @property
    def count_tokens(self) -> TokenCounter: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class RecordedShape:
    """An encoder as the published version records it: everything but the model."""

    spec: EncoderSpec
    room: Room
    device: str
    precision: str
    count_tokens: TokenCounter


def recorded_shape(store: StoreLayout, fingerprint: str) -> RecordedShape | None:
    """Return the encoder that the published version was made with, or None where that was another one.

    None as well where the store does not hold its tokenizer, or anything there is damaged: the
    model itself is asked then.
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
    room = passage_room(encoder.spec, tokenizer.num_special_tokens_to_add(is_pair=False), count_tokens)
    return RecordedShape(encoder.spec, room, manifest.build.device, manifest.build.precision, count_tokens)


class Encoders:
    """The encoder of passages, as recorded in the store until its model is needed."""

    def __init__(self, store: StoreLayout, source: ModelSource, reporter: Reporter) -> None:
        self._source = source
        self._reporter = reporter
        self._model: SentenceTransformersEncoder | None = None
        self._recorded = recorded_shape(store, source.fingerprint)

    @property
    def shape(self) -> PassageShape:
        """What is known of the encoder; loads the model where the store knows nothing."""
        return self._model or self._recorded or self.model()

    def model(self) -> "SentenceTransformersEncoder":
        """Return the model, loaded now if it was not yet."""
        if self._model is None:
            self._reporter.print_line(f"loading {self._source.name}")
            self._model = _load(self._source)
            self._reporter.print_line(f"embedding on {self._model.device} in {self._model.precision}")
        return self._model


def _load(source: ModelSource) -> "SentenceTransformersEncoder":
    # Importing torch takes seconds: a wrong path or an empty corpus is told before.
    try:
        from indexer.encoders.reference_encoder import SentenceTransformersEncoder
    except ModuleNotFoundError as error:
        raise ModelError(f"building needs {error.name}: pip install 'khabar[bundled]'") from error
    return SentenceTransformersEncoder.load(source)


def stored_query_encoder(
    corpus: Corpus, encoders: Encoders, store: StoreLayout, staging: Path, reporter: Reporter
) -> tuple[EncoderManifest, QueryEncoder]:
    """Return the store's query encoder for a model, exported now unless it is there and intact.

    Headlines of the corpus are among the texts on which it is compared with the model.
    """
    fingerprint = encoders.shape.spec.fingerprint
    layout = store.encoder(fingerprint)
    try:
        manifest = read_encoder_manifest(layout.manifest)
        check_files(layout.root, manifest.files)
    except StoreError:  # missing, damaged or of another format: written anew
        from indexer.encoders.export import write_query_encoder

        model = encoders.model()
        reporter.print_line("exporting the query encoder")
        staged = staging / "encoder"
        staged.mkdir()
        texts = [headline.text for headline in headlines(corpus.openings(), _AGREEMENT_PER_LANGUAGE)]
        texts += [
            query for language in BANK_LANGUAGES for query in spread(query_bank(language), _AGREEMENT_PER_LANGUAGE)
        ]
        manifest = write_query_encoder(model, texts, staged)
        install_encoder(store, staged, fingerprint)
    if manifest.fallback_reason is not None:
        reporter.print_line(f"{manifest.spec.name} is served through sentence-transformers: {manifest.fallback_reason}")

    def opened() -> QueryEncoder:
        return open_query_encoder(layout, manifest.spec, manifest.backend)

    return manifest, LazyQueryEncoder(manifest.spec, opened)


class LazyQueryEncoder:
    """A query encoder that is opened when it has something to encode."""

    def __init__(self, spec: EncoderSpec, open_encoder: Callable[[], QueryEncoder]) -> None:
        self._spec = spec
        self._open = open_encoder
        self._opened: QueryEncoder | None = None

    @property
    def spec(self) -> EncoderSpec:
        """Identity of the encoder."""
        return self._spec

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened.encode_queries(texts)
