"""The passage model's vectors of all texts of examples, kept beside a training so that none is encoded twice."""

from collections.abc import Sequence

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, in_turn, look_up
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.encoders.student.examples import ExampleSource, TrainingText
from indexer.encoders.student.run_folder import RunFolder
from indexer.encoders.student.targets import texts_of
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import FloatArray


def teacher_vectors(
    sources: Sequence[ExampleSource], teacher: SentenceTransformersEncoder, folder: RunFolder, reporter: Reporter
) -> tuple[dict[TrainingText, int], FloatArray]:
    """Return the rows of all texts and their vectors, shape (n, dim), float32, unit norm; read as queries."""
    rows = texts_of(sources)
    texts = [text.text for text in rows]
    with EmbeddingCache(folder.teacher_vectors, teacher.spec.dim) as cache:
        lookup = look_up(texts, len(texts), teacher.spec.dim, cache)
        n_missing = len(lookup.missing)
        if not n_missing:
            return rows, lookup.vectors
        with reporter.progress("teacher", n_missing) as advance:
            return rows, embed_missing(lookup, texts.__getitem__, in_turn(teacher.encode_queries), cache, advance)
