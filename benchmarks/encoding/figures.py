"""Raw records of query encoders, and the figures of each beside the first."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Everything that a run measures."""

    builds: list[FirstBuild]
    encodings: list[EncodingRound]


@dataclass(frozen=True, slots=True)
class EncoderFigures:
    """One query encoder: p50 and p99 over the rounds, and p50 over that of the first encoder in the same round."""

    query_encoder: str
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
    p50s = {name: _percentiles(records.encodings, name, 50) for name in names}
    return Figures(
        [
            EncoderFigures(
                name,
                median_with_range(list(p50s[name].values())),
                median_with_range(list(_percentiles(records.encodings, name, 99).values())),
                median_with_range([p50 / p50s[names[0]][number] for number, p50 in p50s[name].items()]),
            )
            for name in names
        ]
    )


def _percentiles(encodings: Sequence[EncodingRound], name: str, percent: float) -> dict[int, float]:
    """Return a percentile of each round of one encoder, by round."""
    return {
        encoding.round: percentile(histogram_of(encoding.times_ms), percent)
        for encoding in encodings
        if encoding.query_encoder == name
    }
