"""Raw vectors of all paragraphs of a corpus: from the cache, and new ones from the model."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from indexer.embedding.cache import EmbeddingCache, passage_cache
from indexer.embedding.embed import CacheLookup, EncodeChunks, embed_missing, in_turn, look_up
from indexer.embedding.passage import Context, EncoderDescription
from indexer.encoders.build_encoders import LazyPassageEncoder
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.columns import ParagraphRow
from indexer.snapshot.content.corpus import Corpus

Engine = Callable[[LazyPassageEncoder], AbstractContextManager[EncodeChunks]]
"""What encodes texts for the time of a block: the model on this machine, or many elsewhere."""


def on_this_machine(encoder: LazyPassageEncoder) -> AbstractContextManager[EncodeChunks]:
    """Encode with the model that is loaded here."""
    return nullcontext(in_turn(encoder.load().encode_passages))


def embed_passages(
    corpus: Corpus,
    encoder: LazyPassageEncoder,
    cache_folder: Path,
    context: Context,
    reporter: Reporter,
    engine: Engine = on_this_machine,
) -> tuple[CacheLookup, int]:
    """Return raw vectors and text keys of all paragraphs, by row, and the number of new texts.

    The model is loaded only if a text is new. If it then has another precision than the published version, as on
    another machine, all texts are looked up again: one version has vectors of one precision only.
    """
    description = encoder.description
    lookup = _look_up(corpus, description, cache_folder, context)
    if lookup.missing and encoder.load().description.precision != description.precision:
        description = encoder.description
        lookup = _look_up(corpus, description, cache_folder, context)
    n_new = len(lookup.missing)
    reporter.print_line(f"{corpus.n_paragraphs:,} paragraphs, {n_new:,} to embed")

    def text_of_row(row: int) -> str:
        return description.passage_text(corpus.passage(ParagraphRow(row)), context)

    if n_new:
        with (
            engine(encoder) as encode_chunks,
            _open_cache(description, cache_folder) as cache,
            reporter.progress("embedding", n_new) as advance,
        ):
            embed_missing(lookup, text_of_row, encode_chunks, cache, advance)
    return lookup, n_new


def _look_up(corpus: Corpus, description: EncoderDescription, cache_folder: Path, context: Context) -> CacheLookup:
    texts = (description.passage_text(passage, context) for passage in corpus.passages())
    with _open_cache(description, cache_folder) as cache:
        return look_up(texts, corpus.n_paragraphs, description.spec.dim, cache)


def _open_cache(description: EncoderDescription, cache_folder: Path) -> EmbeddingCache:
    spec = description.spec
    return EmbeddingCache(passage_cache(cache_folder, spec.fingerprint, description.precision), spec.dim)
