"""From figures to a Markdown report. Nothing is computed here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.build.figures import EMBEDDING, Figures
from benchmarks.build.records import Records
from benchmarks.latency.report import shown
from benchmarks.markdown import mib, section, setting


def write_report(path: Path, figures: Figures, records: Records, run: Mapping[str, Any]) -> None:
    """Write the Markdown report of one run."""
    sections = [
        "# Building\n\nEach build is `khabar index build` in a process of its own. The raw records are in "
        f"`records.json`.\n\n{setting(run)}\n\nModel: {run['model'] or 'the bundled one'}.{_reused(records)}",
        section("Size", _sizes(figures)),
        section(
            "Stages",
            _stages(figures),
            "Paragraphs/s of the embedding counts texts that were embedded. Peak memory is the most that the process "
            "had held when the stage ended.",
        ),
        section("Rebuilds", _rebuilds(figures), "The same articles again, a share of them with another beginning."),
        section("Embedding beside plain sentence-transformers", _rates(figures), _rates_note(records)),
    ]
    path.write_text("\n\n".join(part for part in sections if part) + "\n", encoding="utf-8")


def _reused(records: Records) -> str:
    reused = [f"{record.size:,}" for record in records.sizes if not record.from_empty]
    if not reused:
        return " Every first build began with an empty store."
    return (
        f" At {', '.join(reused)} paragraphs the first build found the embeddings of another store: there, times of "
        "the embedding are those of looking up, and neither its rate nor its share is given."
    )


def _sizes(figures: Figures) -> list[list[str]]:
    head = ["at least", "articles", "paragraphs", "embedded", "wall s", "paragraphs/s", "of it embedding", "peak MiB"]
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
        ["", "median [least, greatest round]"],
        ["khabar, passages/s", shown(figures.rates.khabar_per_s, 1)],
        ["plain, passages/s", shown(figures.rates.plain_per_s, 1)],
        ["ratio", shown(figures.rates.ratio)],
    ]


def _rates_note(records: Records) -> str:
    rates = records.rates
    if rates is None:
        return ""
    return (
        f"{rates.passages:,} passages, {rates.tokens / rates.passages:.0f} tokens on average, {len(rates.rounds)} "
        f"rounds. khabar's {EMBEDDING} as in a build ({rates.precision} on {rates.device}), plain "
        "`encode(texts, batch_size=32)` in fp32. "
        f"Mean cosine between both: {rates.cosine:.4f}."
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
