"""Search quality for a few Arabic articles among many English ones, for each shrinkage of the centres.

This measurement chose `indexer.snapshot.scores.neutral_space.SHRINKAGE`. In each draw (seeded), a few documents
are in Arabic and all others in English, with or without paragraphs of other English news. The queries are the
headlines of the Arabic documents in both languages; the figures are their nDCG@10. Search is brute force in the
neutral space that `indexer.vectors.space` estimates for the drawn corpus.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.corpora.parallel import LANGUAGES, Level, ParallelCorpus
from indexer.articles.split import split_article
from indexer.embedding.cache import EmbeddingCache, passage_cache
from indexer.embedding.embed import embed_missing, in_turn, look_up
from indexer.embedding.passage import Context
from indexer.embedding.query_texts import BANK_LANGUAGES, Headline, query_bank
from indexer.embedding.query_vectors import QuerySample
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.sources.formats.format import SourceArticle
from indexer.sources.walk import read_sources
from indexer.vectors.space import PassageVectors, estimate_space

RARE_ARTICLES = (1, 3, 10, 30)
SHRINKAGES = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 128.0)
DRAWS = 40
CROWD_PARAGRAPHS = 10_000
_SEED = 7


class EmbeddedCorpus(NamedTuple):
    """Raw vectors of a parallel corpus by language, float32, unit norm.

    `passages` has one array of shape (n_paragraphs, dim) for each document, `headlines` one row for each
    document, `bank` one row for each built-in query. `crowd` are paragraphs of other English news, shape (n, dim).
    """

    passages: dict[str, list[FloatArray]]
    headlines: dict[str, FloatArray]
    bank: dict[str, FloatArray]
    crowd: FloatArray


class ShrinkageFigure(NamedTuple):
    """Mean nDCG@10 of English and of Arabic queries whose answer is an Arabic document."""

    rare_articles: int
    other_paragraphs: int
    shrinkage: float
    english_queries: float
    arabic_queries: float


def embed_corpus(
    corpus: ParallelCorpus, crowd: Sequence[Path], cache_folder: Path, reporter: Reporter
) -> EmbeddedCorpus:
    """Embed paragraphs, headlines, query bank and up to 10,000 paragraphs of the crowd with the default model."""
    encoder = SentenceTransformersEncoder.load(find_model(None))
    spec = encoder.spec
    cache_folder.mkdir(parents=True, exist_ok=True)
    path = passage_cache(cache_folder, spec.fingerprint, encoder.description.precision)
    with EmbeddingCache(path, spec.dim) as cache:

        def passages(lines: Sequence[str]) -> FloatArray:
            lookup = look_up(lines, len(lines), spec.dim, cache)
            return embed_missing(lookup, lines.__getitem__, in_turn(encoder.encode_passages), cache, lambda _: None)

        reporter.print_line(f"embedding {len(corpus.documents)} documents in both languages")
        documents = {name: [passages(document.lines[name]) for document in corpus.documents] for name in LANGUAGES}
        others = list(islice(_english_passages(crowd, encoder), CROWD_PARAGRAPHS))
        reporter.print_line(f"embedding {len(others):,} paragraphs of other news")
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
    description = encoder.description
    for item in read_sources(sources):
        if isinstance(item, SourceArticle) and item.article.language == "en":
            article = item.article
            for paragraph in split_article(article, description.paragraph_limit):
                passage = Passage(article.title, paragraph.section, paragraph.text)
                yield description.passage_text(passage, Context.TITLE_AND_SECTION)


def measure(embedded: EmbeddedCorpus) -> Iterator[ShrinkageFigure]:
    """Yield a figure for each number of rare articles and each shrinkage, without and with the crowd."""
    n_documents = len(embedded.passages["en"])
    crowds = {0: embedded._replace(crowd=embedded.crowd[:0]), len(embedded.crowd): embedded}
    for n_crowd, corpus in crowds.items():
        for n_rare in RARE_ARTICLES:
            generator = random.Random(_SEED)  # noqa: S311  # not a secret; the draws must be repeatable
            draws = [set(generator.sample(range(n_documents), n_rare)) for _ in range(DRAWS)]
            for shrinkage in SHRINKAGES:
                english, arabic = (
                    float(np.mean([ndcg for rare in draws for ndcg in rare_ndcg(corpus, rare, shrinkage, language)]))
                    for language in LANGUAGES
                )
                yield ShrinkageFigure(n_rare, n_crowd, shrinkage, english, arabic)


def rare_ndcg(embedded: EmbeddedCorpus, rare: set[int], shrinkage: float, query_language: str) -> Iterator[float]:
    """Yield nDCG@10 of the headline of each document in `rare`, which are in Arabic; all others are in English."""
    languages = ["ar" if document in rare else "en" for document in range(len(embedded.passages["en"]))]
    blocks = [embedded.passages[language][document] for document, language in enumerate(languages)]
    # Each paragraph of the crowd is an article of its own.
    sizes = [*map(len, blocks), *[1] * len(embedded.crowd)]
    article_rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    article_languages = np.array([*languages, *["en"] * len(embedded.crowd)])
    passages = PassageVectors(
        np.concatenate([*blocks, embedded.crowd]), np.repeat(article_languages, sizes), article_rows
    )
    headlines = [Headline(language, "", document) for document, language in enumerate(languages)]
    vectors = np.stack([embedded.headlines[language][document] for document, language in enumerate(languages)])
    space = estimate_space(passages, QuerySample(headlines, vectors, embedded.bank), shrinkage)
    neutral_passages = space.passages(passages.vectors, passages.languages.tolist())
    for document in sorted(rare):
        scores = neutral_passages @ space.queries(embedded.headlines[query_language][document], query_language)
        best = np.full(len(sizes), -np.inf)
        np.maximum.at(best, article_rows, scores)
        rank = int(np.sum(best > best[document])) + 1
        yield 1 / float(np.log2(rank + 1)) if rank <= 10 else 0.0
