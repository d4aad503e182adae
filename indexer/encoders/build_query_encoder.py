"""The query encoder of a build: a trained one, or an export of the passage model; the store keeps it."""

from pathlib import Path

from indexer.embedding.query_texts import BANK_LANGUAGES, headlines, query_bank
from indexer.embedding.query_vectors import CachedQueryEncoder
from indexer.embedding.sampling import evenly_spaced
from indexer.encoders.build_encoders import LazyPassageEncoder
from indexer.encoders.export_cache import copy_cached_export, keep_export
from indexer.encoders.models import ModelSource
from indexer.encoders.student.query_encoder_choice import BUNDLED_STUDENT, NO_STUDENT
from indexer.encoders.student.student_folder import StudentFolder, student_path
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.open import open_query_encoder
from indexer.snapshot.encoder.query_encoder import QueryEncoder
from indexer.snapshot.errors import StoreError
from indexer.snapshot.format.checksums import check_files
from indexer.snapshot.format.manifest import EncoderManifest, read_encoder_manifest
from indexer.snapshot.layout import EncoderLayout, StoreLayout
from indexer.store.publish import install_encoder

_AGREEMENT_TEXTS_PER_LANGUAGE = 32


def find_student(name: str, model: ModelSource) -> StudentFolder | None:
    """Return the folder of a trained query encoder for a passage model; None if the model encodes queries itself.

    `name` is such a folder, "none", or "bundled": the one in this package, if it was trained for this model.

    Raises:
        ModelError: the folder holds none, or one for another model.
    """
    if name == NO_STUDENT:
        return None
    folder = StudentFolder(student_path(Path(name)))
    student = folder.read_manifest()
    if name == BUNDLED_STUDENT and student.student.passage_fingerprint != model.fingerprint:
        return None
    folder.check_fits(model)
    return folder


def stored_query_encoder(
    corpus: Corpus,
    encoder: LazyPassageEncoder,
    student: StudentFolder | None,
    store: StoreLayout,
    staging: Path,
    reporter: Reporter,
) -> tuple[EncoderManifest, CachedQueryEncoder]:
    """Return the store's query encoder; write it first if it is missing or damaged.

    Without a student it is an export of the passage model, which is compared with the model on headlines of the
    corpus and on built-in queries.
    """
    spec = student.read_manifest().spec if student else encoder.description.spec
    layout = store.encoder(spec.fingerprint)
    try:
        manifest = read_encoder_manifest(layout.manifest)
        check_files(layout.root, manifest.files)
    except StoreError:  # missing, damaged or in another format
        staged = staging / "encoder"
        staged.mkdir()
        if student is None:
            manifest = _export(corpus, encoder, EncoderLayout(staged), reporter)
        else:
            from indexer.encoders.student.install import write_student_encoder  # transformers, which takes a second

            manifest = write_student_encoder(student, encoder.source, EncoderLayout(staged))
        install_encoder(store, staged, spec.fingerprint)
    if manifest.fallback_reason is not None:
        reporter.print_line(f"{manifest.spec.name} is served through sentence-transformers: {manifest.fallback_reason}")

    def open_encoder() -> QueryEncoder:
        return open_query_encoder(layout, manifest.spec, manifest.backend)

    return manifest, CachedQueryEncoder(manifest.spec, open_encoder, store.cache, manifest.export_id)


def _export(corpus: Corpus, encoder: LazyPassageEncoder, layout: EncoderLayout, reporter: Reporter) -> EncoderManifest:
    """Write the export of the passage model: a copy from the user's cache, or a new one, which the cache then keeps."""
    manifest = copy_cached_export(encoder.description.spec, layout)
    if manifest is None:
        from indexer.encoders.export import write_query_encoder

        model = encoder.load()
        reporter.print_line("exporting the query encoder")
        manifest = write_query_encoder(model, _agreement_texts(corpus), layout.root)
        keep_export(manifest, layout)
    return manifest


def _agreement_texts(corpus: Corpus) -> list[str]:
    texts = [headline.text for headline in headlines(corpus.openings(), _AGREEMENT_TEXTS_PER_LANGUAGE)]
    for language in BANK_LANGUAGES:
        texts += evenly_spaced(query_bank(language), _AGREEMENT_TEXTS_PER_LANGUAGE)
    return texts
