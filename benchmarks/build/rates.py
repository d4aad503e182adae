"""How fast passages are embedded: khabar's way and plain sentence-transformers, in turns."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, look_up
from indexer.embedding.passage import Context, passage_text
from indexer.embedding.query_texts import spread
from indexer.encoders.models import find_model
from indexer.encoders.reference_encoder import SentenceTransformersEncoder, load_model
from indexer.snapshot.content.corpus import Corpus
from indexer.snapshot.encoder.query_encoder import FloatArray, unit
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_version
from indexer.snapshot.text.normalisation import for_encoder

PASSAGES = 512
_WARM_UP = 32
_PLAIN_BATCH = 32


@dataclass(frozen=True, slots=True)
class RateRound:
    """Seconds that all passages took, each way."""

    khabar_s: float
    plain_s: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Rounds over the same `passages`; `precision` and `device` are what khabar chose.

    `cosine` is the mean between both ways' vectors: they have to do the same work.
    """

    passages: int
    tokens: int
    device: str
    precision: str
    cosine: float
    rounds: list[RateRound]


def measure_rates(store: Path, model: str | None, rounds: int, n: int = PASSAGES) -> Rates:
    """Embed `n` passages of a store both ways, `rounds` times; loads two models, so run it apart.

    khabar's way is that of a build: sorted by length in chunks, native precision, into an empty
    cache. The plain way is `SentenceTransformer(folder).encode(texts, batch_size=32)` in fp32. Both
    read the same text, folded and with the model's prompt.
    """
    source = find_model(model)
    encoder = SentenceTransformersEncoder.load(source)
    plain = load_model(source.folder).float()
    texts = passages(store, encoder, n)
    prompted = [source.prompts.passage + for_encoder(text) for text in texts]

    def plainly(some: Sequence[str]) -> FloatArray:
        return unit(np.asarray(plain.encode(list(some), prompt="", batch_size=_PLAIN_BATCH, show_progress_bar=False)))

    as_khabar = khabars_way(encoder, texts)
    cosine = float(np.mean(np.sum(khabars_way(encoder, texts[:_WARM_UP])() * plainly(prompted[:_WARM_UP]), axis=1)))
    return Rates(
        passages=len(texts),
        tokens=sum(map(encoder.count_tokens, texts)),
        device=encoder.device,
        precision=encoder.precision,
        cosine=round(cosine, 5),
        rounds=in_turns(as_khabar, lambda: plainly(prompted), rounds),
    )


def passages(store: Path, encoder: SentenceTransformersEncoder, n: int) -> list[str]:
    """Return what the encoder reads for up to `n` different paragraphs, spread over the published version."""
    layout = StoreLayout(store)
    corpus = Corpus(layout.version(current_version(layout)).corpus)
    try:
        found = [
            passage_text(corpus.passage(row), encoder.count_tokens, encoder.room, Context.TITLE_AND_SECTION)
            for row in spread(corpus.paragraph_rows(), n)
        ]
    finally:
        corpus.close()
    return list(dict.fromkeys(found))


def khabars_way(encoder: SentenceTransformersEncoder, texts: Sequence[str]) -> Callable[[], FloatArray]:
    """Return what embeds `texts` as a build does that knows none of them."""

    def embed() -> FloatArray:
        dim = encoder.spec.dim
        with tempfile.TemporaryDirectory() as folder, EmbeddingCache(Path(folder, "cache.sqlite"), dim) as cache:
            looked = look_up(texts, len(texts), dim, cache)
            return embed_missing(looked, texts.__getitem__, encoder.encode_passages, cache, lambda _: None)

    return embed


def in_turns(khabar: Callable[[], object], plain: Callable[[], object], rounds: int) -> list[RateRound]:
    """Time both ways in each round; who begins changes from round to round."""
    found = []
    for number in range(rounds):
        if number % 2:
            plain_s, khabar_s = seconds(plain), seconds(khabar)
        else:
            khabar_s, plain_s = seconds(khabar), seconds(plain)
        found.append(RateRound(khabar_s, plain_s))
    return found


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 4)
