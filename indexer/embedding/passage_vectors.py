"""Raw vectors of all paragraphs of a corpus: from the cache, and the new ones from the model."""

from pathlib import Path

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import Looked, embed_missing, look_up
from indexer.embedding.passage import Context, passage_text
from indexer.encoders.build_encoders import Encoders
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Corpus, Passage
from indexer.snapshot.content.rows import ParagraphRow


def embed_passages(
    corpus: Corpus, encoders: Encoders, cache_folder: Path, context: Context, reporter: Reporter
) -> tuple[Looked, int]:
    """Return raw vectors and text keys of all paragraphs, by row, and how many texts were new.

    The model is loaded only if one is. If it then turns out to compute in another precision than
    the published version was made with, as on another machine, everything is looked up again: the
    vectors of one version are all of one kind.
    """
    while True:
        shape = encoders.shape

        def text_of(passage: Passage) -> str:
            return passage_text(passage, shape.count_tokens, shape.room, context)  # noqa: B023  # used in this turn

        path = cache_folder / f"{shape.spec.fingerprint}-passage-{shape.precision}.sqlite"
        with EmbeddingCache(path, shape.spec.dim) as cache:
            looked = look_up(map(text_of, corpus.passages()), corpus.n_paragraphs, shape.spec.dim, cache)
            n_new = len(looked.missing)
            if n_new and encoders.model().precision != shape.precision:
                continue
            reporter.print_line(f"{corpus.n_paragraphs:,} paragraphs, {n_new:,} to embed")
            if n_new:
                with reporter.progress("embedding", n_new) as advance:
                    embed_missing(
                        looked,
                        lambda row: text_of(corpus.passage(ParagraphRow(row))),
                        encoders.model().encode_passages,
                        cache,
                        advance,
                    )
            return looked, n_new
