"""The raw vectors of a parallel corpus and of other English news, from the default model and a store's cache."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.corpora.parallel import LANGUAGES, Level, ParallelCorpus
from benchmarks.shrinkage.measurement import EmbeddedCorpus
from indexer.articles.split import split_article
from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, look_up
from indexer.embedding.passage import Context, passage_text
from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.sources.walk import Found, read_sources

CROWD_PARAGRAPHS = 10_000


def embed_corpus(
    corpus: ParallelCorpus, crowd: Sequence[Path], cache_folder: Path, reporter: Reporter
) -> EmbeddedCorpus:
    """Embed paragraphs, headlines, query bank and up to 10,000 paragraphs of the crowd with the default model."""
    encoder = SentenceTransformersEncoder.load(find_model(None))
    spec = encoder.spec
    cache_folder.mkdir(parents=True, exist_ok=True)
    with EmbeddingCache(cache_folder / f"{spec.fingerprint}-passage-{encoder.precision}.sqlite", spec.dim) as cache:

        def passages(lines: Sequence[str]) -> FloatArray:
            looked = look_up(lines, len(lines), spec.dim, cache)
            return embed_missing(looked, lines.__getitem__, encoder.encode_passages, cache, lambda _: None)

        reporter.say(f"embedding {len(corpus.documents)} documents in both languages")
        documents = {name: [passages(document.lines[name]) for document in corpus.documents] for name in LANGUAGES}
        others = list(islice(_english_passages(crowd, encoder), CROWD_PARAGRAPHS))
        reporter.say(f"embedding {len(others):,} paragraphs of other news")
        crowd_vectors = passages(others)
    headlines = [query for query in corpus.queries if query.level is Level.ARTICLE]
    texts = {name: [query.text for query in headlines if query.language == name] for name in LANGUAGES}
    return EmbeddedCorpus(
        documents,
        {name: encoder.encode_queries(some) for name, some in texts.items()},
        {name: encoder.encode_queries(query_bank(name)) for name in BANK_LANGUAGES},
        crowd_vectors,
    )


def _english_passages(sources: Sequence[Path], encoder: SentenceTransformersEncoder) -> Iterator[str]:
    """Yield the passage of every English paragraph of some news, as a build gives it to the encoder."""
    for item in read_sources(sources):
        if isinstance(item, Found) and item.article.language == "en":
            article = item.article
            for paragraph in split_article(article, count_tokens=encoder.count_tokens, max_tokens=encoder.room.text):
                passage = Passage(article.title, paragraph.section, paragraph.text)
                yield passage_text(passage, encoder.count_tokens, encoder.room, Context.TITLE_AND_SECTION)
