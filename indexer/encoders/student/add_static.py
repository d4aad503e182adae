"""`khabar encoder static`: from a trained query encoder to one that also has a static encoder.

The static encoder learns the query encoder's own vectors of texts, so it needs no passage model and no pairs: texts of
the languages that it is to know are enough. Highlights compare the sentences of a paragraph with it.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.embedding.sampling import evenly_spaced
from indexer.encoders.models import ModelSource
from indexer.encoders.student.additions import open_start, write_extended
from indexer.encoders.student.examples import TrainingText, corpus_sources, read_sources
from indexer.encoders.student.install import embedding_levels, write_student_encoder
from indexer.encoders.student.static_network import StaticTexts, train_static_network
from indexer.encoders.student.static_weights import StaticWeights
from indexer.encoders.student.student_folder import StudentFolder, StudentManifest
from indexer.encoders.student.targets import texts_of
from indexer.encoders.student.train import published_corpus
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.open import open_query_encoder
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.encoder.query_tokenizer import open_tokenizer
from indexer.snapshot.layout import EncoderLayout
from indexer.snapshot.text.normalisation import for_query_encoder
from indexer.snapshot.text.query_length import query_length

_LEAST_FOR_CENTRE = 200
"""Texts of a language and length whose mean is good enough to be their centre."""

_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class StaticRequest:
    """What the static encoder learns: texts of files and of a store, of which `most` at most are used, `epochs` times.

    `store` is a store whose published corpus gives headlines and pieces of paragraphs. `start` is the folder of the
    query encoder, which was trained for the passage model `model`.
    """

    start: Path
    model: str | None
    queries: Sequence[Path]
    pairs: Sequence[Path]
    store: Path | None
    most: int
    epochs: int
    seed: int


def add_static(request: StaticRequest, folder: StudentFolder, licences: str, reporter: Reporter) -> StudentManifest:
    """Write a copy of a query encoder with a static encoder into `folder`; `licences` is Markdown about the files.

    Raises:
        UsageError: a file cannot be used, or the folder is that of the encoder to begin with.
        ModelError: there is no such encoder or model, or one does not belong to the other.
    """
    start, source = open_start(request.start, request.model, folder)
    before = start.read_manifest()
    texts = _longer_texts(request)
    folder.root.mkdir(parents=True, exist_ok=True)
    start.copy_files(folder)
    _train(request, start, source, texts, reporter).save(folder.static)
    return write_extended(before, folder, licences, static_texts=len(texts))


def _longer_texts(request: StaticRequest) -> list[TrainingText]:
    """Return all texts, and what is made of them, but no names and terms: sentences are what is compared."""
    sources = read_sources(request.queries, request.pairs, (), request.seed)
    if request.store is not None:
        with published_corpus(request.store) as corpus:
            sources += corpus_sources(corpus, request.seed)
    texts = [text for text in texts_of(sources) if not text.is_short]
    return evenly_spaced(texts, request.most)


def _train(
    request: StaticRequest, start: StudentFolder, source: ModelSource, texts: Sequence[TrainingText], show: Reporter
) -> StaticWeights:
    with tempfile.TemporaryDirectory() as scratch:
        layout = EncoderLayout(Path(scratch))
        installed = write_student_encoder(start, source, layout)
        encoder = open_query_encoder(layout, installed.spec, installed.backend)
        raw = np.empty((len(texts), installed.spec.dim), dtype=np.float32)
        with show.progress("encoding texts", len(texts)) as advance:
            for first in range(0, len(texts), _AT_ONCE):
                some = [text.text for text in texts[first : first + _AT_ONCE]]
                raw[first : first + len(some)] = encoder.encode_queries(some)
                advance(len(some))
        tokenizer = open_tokenizer(layout, installed.spec.max_tokens)
        token_ids = [tokenizer.ids(for_query_encoder(text.text)) for text in texts]
        table = start.read_manifest().embeddings
        return train_static_network(
            StaticTexts(token_ids, _neutral(raw, texts)),
            embedding_levels(source, table, layout),
            table.zero_point,
            epochs=request.epochs,
            seed=request.seed,
            reporter=show,
        )


def _neutral(raw: FloatArray, texts: Sequence[TrainingText]) -> FloatArray:
    """Return vectors without what all texts of a language and length have in common, as a store's neutral space does.

    The texts of a small group have the centre of all texts.
    """
    groups = np.array([f"{text.language} {query_length(text.text)}" for text in texts])
    neutral = raw - raw.mean(axis=0)
    for group in sorted(set(groups.tolist())):
        members = groups == group
        if members.sum() >= _LEAST_FOR_CENTRE:
            neutral[members] = raw[members] - raw[members].mean(axis=0)
    return unit(neutral)
