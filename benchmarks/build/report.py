"""The Markdown report of one run. All figures come from `figures.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.build.figures import Figures
from benchmarks.build.records import Records
from benchmarks.harness.build_process import EMBEDDING
from benchmarks.harness.markdown import mib, range_text, run_description, section, write_parts


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the report of one run."""
    parts = [
        "# Building\n\nEach build is `khabar index build` in a separate process. The raw records are in "
        f"`records.json`.\n\n{run_description(run)}\n\nModel: {run['model'] or 'the bundled one'}.{_reused(records)}",
        section("Size", _sizes(figures)),
        section(
            "Stages",
            _stages(figures),
            "Paragraphs/s of the embedding counts texts that were embedded. Peak memory is that of the process up to "
            "the end of the stage.",
        ),
        section("Rebuilds", _rebuilds(figures), "The same articles again, with a share of them changed."),
        section("Embedding beside plain sentence-transformers", _rates(figures), _rates_note(records)),
    ]
    write_parts(path, parts)


def _reused(records: Records) -> str:
    reused = [f"{record.size:,}" for record in records.sizes if not record.from_empty]
    if not reused:
        return " Every first build began with an empty store."
    return (
        f" At {', '.join(reused)} paragraphs the first build reused the embeddings of another store: its time of "
        "embedding is that of looking up vectors, and the report gives neither a rate nor a share of it."
    )


def _sizes(figures: Figures) -> list[list[str]]:
    head = ["at least", "articles", "paragraphs", "embedded", "wall s", "paragraphs/s", "embedding", "peak MiB"]
    return [head] + [
        [
            f"{row.size:,}",
            f"{row.articles:,}",
            f"{row.paragraphs:,}",
            f"{row.embedded:,}",
            f"{row.wall_s:,.1f}",
            f"{row.paragraphs_per_s:,.1f}",
            _percent(row.embedding_share),
            mib(row.peak_rss_bytes),
        ]
        for row in figures.sizes
    ]


def _stages(figures: Figures) -> list[list[str]]:
    head = ["size", "stage", "s", "paragraphs/s", "peak MiB"]
    return [head] + [
        [
            f"{row.size:,}",
            row.stage,
            f"{row.seconds:,.2f}",
            "-" if row.per_s is None else f"{row.per_s:,.0f}",
            mib(row.peak_rss_bytes),
        ]
        for row in figures.stages
    ]


def _rebuilds(figures: Figures) -> list[list[str]]:
    head = ["size", "changed", "articles changed", "embedded", "wall s", "/ first build"]
    return [head] + [
        [
            f"{row.size:,}",
            f"{row.share:.0%}",
            f"{row.changed:,}",
            f"{row.embedded:,}",
            f"{row.wall_s:,.1f}",
            "-" if row.over_first is None else f"{row.over_first:.3f}",
        ]
        for row in figures.rebuilds
    ]


def _rates(figures: Figures) -> list[list[str]]:
    if figures.rates is None:
        return []
    return [
        ["", "median [smallest, largest round]"],
        ["khabar, passages/s", range_text(figures.rates.khabar_per_s, 1)],
        ["plain, passages/s", range_text(figures.rates.plain_per_s, 1)],
        ["ratio", range_text(figures.rates.ratio)],
    ]


def _rates_note(records: Records) -> str:
    rates = records.rates
    if rates is None:
        return ""
    return (
        f"{rates.passages:,} passages, {rates.tokens / rates.passages:.0f} tokens on average, {len(rates.rounds)} "
        f"rounds. khabar: {EMBEDDING} as in a build ({rates.precision} on {rates.device}); plain: "
        "`encode(texts, batch_size=32)` in fp32. "
        f"Mean cosine between the vectors of both: {rates.cosine:.4f}."
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
