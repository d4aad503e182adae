"""Raw records of query encoders, and the figures of each beside the first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from benchmarks.harness.statistics import MedianWithRange, histogram_of, median_with_range, percentile


@dataclass(frozen=True, slots=True)
class FirstBuild:
    """The build of a new store: wall seconds of all and of the query encoder, and the peak of resident memory."""

    query_encoder: str
    seconds: float
    query_encoder_s: float
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class EncodingRound:
    """Milliseconds of each query in one round, in the order of the queries."""

    query_encoder: str
    round: int
    times_ms: list[float]


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that a run measures; `is_short` tells for each query whether it has at most three words."""

    builds: list[FirstBuild]
    encodings: list[EncodingRound]
    is_short: list[bool]


@dataclass(frozen=True, slots=True)
class EncoderFigures:
    """One query encoder and some of the queries: p50 and p99 over the rounds, and p50 over that of the first encoder.

    The ratio is that of one round, so that other activity of the machine affects both encoders alike.
    """

    query_encoder: str
    queries: str
    n_queries: int
    p50_ms: MedianWithRange
    p99_ms: MedianWithRange
    p50_ratio: MedianWithRange


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of all query encoders; the first one is what the others are compared with."""

    encoders: list[EncoderFigures]


def compute(records: Records) -> Figures:
    """Compute all figures from raw records."""
    names = list(dict.fromkeys(encoding.query_encoder for encoding in records.encodings))
    groups = {
        "all": [True] * len(records.is_short),
        "up to 3 words": records.is_short,
        "longer": [not short for short in records.is_short],
    }
    return Figures(
        [
            figures
            for label, chosen in groups.items()
            if any(chosen)
            for figures in _compare(records.encodings, names, label, chosen)
        ]
    )


def _compare(
    encodings: Sequence[EncodingRound], names: Sequence[str], label: str, chosen: Sequence[bool]
) -> list[EncoderFigures]:
    """Compare the encoders over the queries that are chosen."""
    p50s = {name: _percentiles(encodings, name, chosen, 50) for name in names}
    return [
        EncoderFigures(
            name,
            label,
            sum(chosen),
            median_with_range(list(p50s[name].values())),
            median_with_range(list(_percentiles(encodings, name, chosen, 99).values())),
            median_with_range([p50 / p50s[names[0]][number] for number, p50 in p50s[name].items()]),
        )
        for name in names
    ]


def _percentiles(
    encodings: Sequence[EncodingRound], name: str, chosen: Sequence[bool], percent: float
) -> dict[int, float]:
    """Return a percentile of each round of one encoder over the queries that are chosen, by round."""
    return {
        encoding.round: percentile(histogram_of(compress(encoding.times_ms, chosen)), percent)
        for encoding in encodings
        if encoding.query_encoder == name
    }
