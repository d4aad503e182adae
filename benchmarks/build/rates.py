"""The rate of embedding passages: as khabar builds, and with plain sentence-transformers, in turns."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.embedding.cache import EmbeddingCache
from indexer.embedding.embed import embed_missing, in_turn, look_up
from indexer.embedding.passage import Context
from indexer.embedding.sampling import evenly_spaced
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
    """Seconds to embed all passages in each way."""

    khabar_s: float
    plain_s: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Rounds over the same `passages`; khabar chose `precision` and `device`.

    `cosine` is the mean cosine between the vectors of both ways, which have to do the same work.
    """

    passages: int
    tokens: int
    device: str
    precision: str
    cosine: float
    rounds: list[RateRound]


def measure_rates(store: Path, model: str | None, rounds: int, n: int = PASSAGES) -> Rates:
    """Embed `n` passages of a store in both ways, `rounds` times.

    khabar embeds as in a build: sorted by length in chunks, in native precision, into an empty cache. The
    plain way is `SentenceTransformer(folder).encode(texts, batch_size=32)` in fp32. Both read the same
    normalised text with the model's prompt. This loads two models, so it should run in a child process.
    """
    source = find_model(model)
    encoder = SentenceTransformersEncoder.load(source)
    plain = load_model(source.folder).float()
    texts = passages(store, encoder, n)
    prompted = [source.prompts.passage + for_encoder(text) for text in texts]

    def embed_plain(some: Sequence[str]) -> FloatArray:
        return unit(np.asarray(plain.encode(list(some), prompt="", batch_size=_PLAIN_BATCH, show_progress_bar=False)))

    embed_as_khabar = khabar_embedder(encoder, texts)
    cosine = float(
        np.mean(np.sum(khabar_embedder(encoder, texts[:_WARM_UP])() * embed_plain(prompted[:_WARM_UP]), axis=1))
    )
    return Rates(
        passages=len(texts),
        tokens=sum(map(encoder.description.count_tokens, texts)),
        device=encoder.description.device,
        precision=encoder.description.precision,
        cosine=round(cosine, 5),
        rounds=time_in_turns(embed_as_khabar, lambda: embed_plain(prompted), rounds),
    )


def passages(store: Path, encoder: SentenceTransformersEncoder, n: int) -> list[str]:
    """Return the passages of up to `n` different paragraphs, evenly spaced over the published version."""
    layout = StoreLayout(store)
    with Corpus(layout.version(current_version(layout)).corpus) as corpus:
        found = [
            encoder.description.passage_text(corpus.passage(row), Context.TITLE_AND_SECTION)
            for row in evenly_spaced(corpus.paragraph_rows(), n)
        ]
    return list(dict.fromkeys(found))


def khabar_embedder(encoder: SentenceTransformersEncoder, texts: Sequence[str]) -> Callable[[], FloatArray]:
    """Return a function that embeds `texts` as a build does that has none of them in its cache."""

    def embed() -> FloatArray:
        dim = encoder.spec.dim
        with tempfile.TemporaryDirectory() as folder, EmbeddingCache(Path(folder, "cache.sqlite"), dim) as cache:
            lookup = look_up(texts, len(texts), dim, cache)
            return embed_missing(lookup, texts.__getitem__, in_turn(encoder.encode_passages), cache, lambda _: None)

    return embed


def time_in_turns(khabar: Callable[[], object], plain: Callable[[], object], rounds: int) -> list[RateRound]:
    """Time both ways in each round; the way that begins alternates between rounds."""
    timed = []
    for number in range(rounds):
        if number % 2:
            plain_s, khabar_s = seconds(plain), seconds(khabar)
        else:
            khabar_s, plain_s = seconds(khabar), seconds(plain)
        timed.append(RateRound(khabar_s, plain_s))
    return timed


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of one call."""
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 4)
