"""`python -m benchmarks.shrinkage`: a few Arabic articles among many English ones, for each shrinkage.

Chooses `indexer.snapshot.scores.neutral_space.SHRINKAGE`. Articles are drawn at random (seeded): some stand in
Arabic, all others in English, beside as many paragraphs of other English news as are asked for.
Every headline is asked in both languages; the figures are nDCG@10 of those whose answer is Arabic,
the rare language. Ranking is brute force over the neutral space that `indexer.vectors.space` estimates for
the drawn corpus.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from rich.console import Console

from benchmarks.quality.tasks import LANGUAGES, Level, ParallelCorpus, read_ntrex
from indexer.articles.split import split_article
from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, look_up
from indexer.embedding.passage import Context, passage_text
from indexer.embedding.query_texts import BANK_LANGUAGES, Headline, query_bank
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder
from indexer.reporting.progress import Reporter
from indexer.snapshot.content.corpus import Passage
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.layout import StoreLayout
from indexer.sources.formats.format import SourceArticle
from indexer.sources.walk import read_sources
from indexer.vectors.space import Passages, Queries, estimate_space

RARE_ARTICLES = (1, 3, 10, 30)
CROWD_PARAGRAPHS = 10_000
SHRINKAGES = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 128.0)
DRAWS = 40
_SEED = 7


class Embedded(NamedTuple):
    """Raw vectors of a parallel corpus: paragraphs of each document and its headline, by language.

    `crowd` are paragraphs of other English news, shape (n, dim).
    """

    passages: dict[str, list[FloatArray]]
    headlines: dict[str, FloatArray]
    bank: dict[str, FloatArray]
    crowd: FloatArray


class Line(NamedTuple):
    """Mean nDCG@10 of queries for the rare language's articles."""

    rare_articles: int
    other_paragraphs: int
    shrinkage: float
    english_queries: float
    arabic_queries: float


def main(
    ntrex: Annotated[Path, typer.Option(help="Folder with NTREX articles.jsonl.")],
    store: Annotated[Path, typer.Option(help="A store whose cache keeps the embeddings.")],
    crowd: Annotated[list[Path] | None, typer.Option(help="English news to stand beside, 10,000 paragraphs.")] = None,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("benchmarks/results/shrinkage"),
) -> None:
    """Measure every shrinkage on the same draws and write figures.csv."""
    corpus = read_ntrex(ntrex)
    embedded = embed(corpus, crowd or [], StoreLayout(store).cache, Reporter(Console(stderr=True)))
    out.mkdir(parents=True, exist_ok=True)
    with (out / "figures.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(Line._fields)
        for line in measure(embedded):
            *setting, english, arabic = line
            writer.writerow([*setting, f"{english:.4f}", f"{arabic:.4f}"])


def embed(corpus: ParallelCorpus, crowd: Sequence[Path], cache_folder: Path, reporter: Reporter) -> Embedded:
    """Embed paragraphs, headlines, bank and crowd with the default model."""
    encoder = SentenceTransformersEncoder.load(find_model(None))
    spec = encoder.spec
    cache_folder.mkdir(parents=True, exist_ok=True)
    with EmbeddingCache(cache_folder / f"{spec.fingerprint}-passage-{encoder.precision}.sqlite", spec.dim) as cache:

        def passages(lines: Sequence[str]) -> FloatArray:
            looked = look_up(lines, len(lines), spec.dim, cache)
            return embed_missing(looked, lines.__getitem__, encoder.encode_passages, cache, lambda _: None)

        reporter.print_line(f"embedding {len(corpus.documents)} documents in both languages")
        found = {name: [passages(document.lines[name]) for document in corpus.documents] for name in LANGUAGES}
        others = list(islice(_english_passages(crowd, encoder), CROWD_PARAGRAPHS))
        reporter.print_line(f"embedding {len(others):,} paragraphs of other news")
        beside = passages(others)
    asked = [query for query in corpus.queries if query.level is Level.ARTICLE]
    texts = {name: [query.text for query in asked if query.language == name] for name in LANGUAGES}
    return Embedded(
        found,
        {name: encoder.encode_queries(some) for name, some in texts.items()},
        {name: encoder.encode_queries(query_bank(name)) for name in BANK_LANGUAGES},
        beside,
    )


def _english_passages(sources: Sequence[Path], encoder: SentenceTransformersEncoder) -> Iterator[str]:
    """Yield what a build has the encoder read, for every English paragraph of some news."""
    for item in read_sources(sources):
        if isinstance(item, SourceArticle) and item.article.language == "en":
            article = item.article
            for paragraph in split_article(article, count_tokens=encoder.count_tokens, max_tokens=encoder.room.text):
                passage = Passage(article.title, paragraph.section, paragraph.text)
                yield passage_text(passage, encoder.count_tokens, encoder.room, Context.TITLE_AND_SECTION)


def measure(embedded: Embedded) -> Iterator[Line]:
    """Yield one line for each number of rare articles and each shrinkage."""
    n_documents = len(embedded.passages["en"])
    crowds = {0: embedded._replace(crowd=embedded.crowd[:0]), len(embedded.crowd): embedded}
    for n_crowd, some in crowds.items():
        for rare in RARE_ARTICLES:
            generator = random.Random(_SEED)  # noqa: S311  # the same draws every time
            draws = [set(generator.sample(range(n_documents), rare)) for _ in range(DRAWS)]
            for shrinkage in SHRINKAGES:
                values = {
                    name: [ndcg for drawn in draws for ndcg in ask(some, drawn, shrinkage, name)] for name in LANGUAGES
                }
                yield Line(rare, n_crowd, shrinkage, float(np.mean(values["en"])), float(np.mean(values["ar"])))


def ask(embedded: Embedded, rare: set[int], shrinkage: float, query_language: str) -> Iterator[float]:
    """Yield nDCG@10 of each query whose answer stands in the rare language, Arabic."""
    languages = ["ar" if document in rare else "en" for document in range(len(embedded.passages["en"]))]
    blocks = [embedded.passages[language][document] for document, language in enumerate(languages)]
    # Paragraphs of the crowd count as articles of their own.
    sizes = [*map(len, blocks), *[1] * len(embedded.crowd)]
    owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    of_block = np.array([*languages, *["en"] * len(embedded.crowd)])
    passages = Passages(np.concatenate([*blocks, embedded.crowd]), np.repeat(of_block, sizes), owners)
    heads = [Headline(language, "", document) for document, language in enumerate(languages)]
    vectors = np.stack([embedded.headlines[language][document] for document, language in enumerate(languages)])
    space = estimate_space(passages, Queries(heads, vectors, embedded.bank), shrinkage)
    placed = space.passages(passages.vectors, passages.languages.tolist())
    for document in sorted(rare):
        scores = placed @ space.queries(embedded.headlines[query_language][document], query_language)
        best = np.full(len(sizes), -np.inf)
        np.maximum.at(best, owners, scores)
        rank = int(np.sum(best > best[document])) + 1
        yield 1 / float(np.log2(rank + 1)) if rank <= 10 else 0.0


if __name__ == "__main__":
    typer.run(main)
