"""The Markdown report and the chart of one run. Figures come from `figures.py`; only ratios are computed here."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.corpora.parallel import CODE_SWITCHED
from benchmarks.harness.markdown import section, write_parts
from benchmarks.quality.figures import Figures
from benchmarks.quality.run import BLENDS, Record
from benchmarks.quality.short import has_short_queries
from indexer.snapshot.text.language import UNDETERMINED

_OTHER = {"en": "ar", "ar": "en"}
_MAIN = "nDCG@10"


def write_report(path: Path, figures: Figures, _records: Sequence[Record], run: Mapping[str, Any]) -> None:
    """Write the report of one run, and its chart beside it."""
    tasks = sorted({(row.corpus, row.task) for row in figures.rows})
    parallel = [pair for pair in tasks if pair[0] in ("ntrex", "flores")]
    judged = [pair for pair in tasks if pair[0] not in ("ntrex", "flores") and not has_short_queries(pair[0])]
    parts = [
        "# Quality\n\nEvery figure is a mean over queries with its 95 % bootstrap interval; the raw records are in "
        f"`records.jsonl.gz`. Repeat with:\n\n```sh\n{run['command']}\n```\n\n"
        f"khabar {run['khabar']} at commit {run['commit']}, model {run['model']}, {run['n_records']:,} records, "
        f"largest pool {run['largest_pool']:,} paragraphs"
        + (", with the answers hidden among other news in both languages." if run["among_other_news"] else "."),
        section("All answers in one language", _alone(figures, parallel)),
        section("Mixed pools", _mixed(figures, parallel)),
        section("Queries in two languages at once", _switched(figures)),
        section("Judged corpus", _judged(figures, judged)),
        section("Trained query encoder and passage model", _comparisons(figures, "neutral")),
        section("Words beside the meaning", _comparisons(figures, "hybrid", "exact")),
        section("Order by relevance and date", _comparisons(figures, *BLENDS)),
        section("A third language", _third(figures, judged)),
        section("Share of the query's own language", _preferences(figures)),
        section("No match", _signals(figures)),
    ]
    write_parts(path, parts)
    write_chart(path.with_name("gap.png"), figures)


def _alone(figures: Figures, tasks: Iterable[tuple[str, str]]) -> list[list[str]]:
    rows = [["corpus, task", "query -> answers", "variant", "nDCG@10", "recall@10", "recall@100", "MRR"]]
    for corpus, task in tasks:
        for query_language in ("en", "ar"):
            for pool in ("en", "ar"):
                for variant in ("raw", "neutral"):
                    row = figures.row(corpus, task, pool, variant, query_language, "all")
                    if row:
                        direction = f"{query_language} -> {pool}"
                        rows.append([f"{corpus}, {task}", direction, variant, *map(str, row.measures.values())])
    return rows


def _mixed(figures: Figures, tasks: Iterable[tuple[str, str]]) -> list[list[str]]:
    head = ["corpus, task", "query", "variant", "all", "answer in the query's language"]
    rows = [[*head, "answer in the other language", "the other language alone", "cross / alone"]]
    variants = [
        "raw",
        *sorted({row.variant for row in figures.rows} - {"raw"}, key=lambda name: (name != "neutral", name)),
    ]
    for corpus, task in tasks:
        for query_language in ("en", "ar"):
            alone = figures.row(corpus, task, _OTHER[query_language], "neutral", query_language, "all")
            for variant in variants:
                halves = [
                    figures.row(corpus, task, "mixed", variant, query_language, h) for h in ("all", "same", "cross")
                ]
                cross = halves[2]
                if cross is None:
                    continue
                ratio = f"{cross.measures[_MAIN].mean / alone.measures[_MAIN].mean:.3f}" if alone else ""
                shown = [str(half.measures[_MAIN]) if half else "" for half in halves]
                last = str(alone.measures[_MAIN]) if alone else ""
                rows.append([f"{corpus}, {task}", query_language, variant, *shown, last, ratio])
    return rows


def _switched(figures: Figures) -> list[list[str]]:
    rows = [["corpus", "variant", "all", "answer in English", "answer in Arabic"]]
    found = [row for row in figures.rows if (row.task, row.pool, row.half) == (CODE_SWITCHED, "mixed", "all")]
    for row in found:
        halves = [figures.row(row.corpus, row.task, row.pool, row.variant, UNDETERMINED, half) for half in ("en", "ar")]
        shown = [str(half.measures[_MAIN]) if half else "" for half in halves]
        rows.append([row.corpus, row.variant, str(row.measures[_MAIN]), *shown])
    return rows


def _judged(figures: Figures, tasks: Iterable[tuple[str, str]]) -> list[list[str]]:
    rows = [["corpus, kind", "query", "answers", "variant", "nDCG@10", "recall@10", "recall@100", "MRR"]]
    for corpus, task in tasks:
        some = [row for row in figures.rows if (row.corpus, row.task, row.pool) == (corpus, task, "mixed")]
        for row in sorted(some, key=lambda row: (row.query_language, row.half, row.variant)):
            label = f"{corpus}, {task}"
            rows.append([label, row.query_language, row.half, row.variant, *map(str, row.measures.values())])
    return rows


def _comparisons(figures: Figures, *variants: str) -> list[list[str]]:
    """Return rows of the comparisons of some variants, each with the one that it is compared with."""
    rows = [["corpus, task", "pool", "query", "answers", "variant", "nDCG@10", "against", "nDCG@10", "difference"]]
    found = [one for one in figures.comparisons if one.variant in variants]
    return rows + [
        [
            f"{one.corpus}, {one.task}",
            one.pool,
            one.query_language,
            one.half,
            one.variant,
            str(one.ours),
            one.base,
            str(one.theirs),
            str(one.difference),
        ]
        for one in sorted(found, key=lambda one: (one.corpus, one.task, one.pool, one.query_language))
    ]


def _third(figures: Figures, tasks: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return rows of the corpora that were also searched on a pool of their own language alone."""
    rows = [["corpus", "query", "variant", "among two other languages", "alone", "among / alone"]]
    for corpus in [corpus for corpus, task in tasks if task == "all"]:
        for alone in [row for row in figures.rows if (row.corpus, row.pool, row.half) == (corpus, "alone", "all")]:
            among = figures.row(corpus, alone.task, "mixed", alone.variant, alone.query_language, "all")
            if alone.task == "all" and among:
                shown = [among.measures[_MAIN], alone.measures[_MAIN]]
                ratio = f"{shown[0].mean / shown[1].mean:.3f}"
                rows.append([corpus, alone.query_language, alone.variant, *map(str, shown), ratio])
    return rows


def _preferences(figures: Figures) -> list[list[str]]:
    rows = [["corpus", "query", "variant", "share of the top ten", "share of the answers"]]
    return rows + [
        [one.corpus, one.query_language, one.variant, str(one.hits), str(one.answers)] for one in figures.preferences
    ]


def _signals(figures: Figures) -> list[list[str]]:
    rows = [
        [
            "corpus",
            "query -> answers",
            "variant",
            "signal",
            "area under ROC",
            "confident with an answer",
            "confident without",
        ]
    ]
    for one in figures.signals:
        signal = one.found
        shares = [f"{signal.confident_answered:.2f}", f"{signal.confident_unanswered:.2f}"]
        direction = f"{one.query_language} -> {one.answer_language}"
        rows.append([one.corpus, direction, one.variant, one.by, str(signal.auc), *shares])
    return rows


def write_chart(path: Path, figures: Figures) -> None:
    """Draw nDCG@10 of queries whose answer is in the other language, on mixed pools."""
    mpl.use("Agg")
    groups = sorted(
        (row.corpus, row.task, row.query_language)
        for row in figures.rows
        if (row.pool, row.variant, row.half) == ("mixed", "neutral", "cross")
        and row.task != "all"
        and not has_short_queries(row.corpus)  # so many kinds that nothing could be seen
    )
    bars = {
        "raw vectors, mixed pool": ("mixed", "raw", "cross"),
        "neutral space, mixed pool": ("mixed", "neutral", "cross"),
    }
    figure, axes = plt.subplots(figsize=(1.5 + 1.3 * len(groups), 4.5), layout="constrained")
    width = 0.38
    for number, (label, (pool, variant, half)) in enumerate(bars.items()):
        rows = [figures.row(corpus, task, pool, variant, language, half) for corpus, task, language in groups]
        values = [row.measures[_MAIN] if row else None for row in rows]
        means = [item.mean if item else 0.0 for item in values]
        errors = [
            [item.mean - item.low if item else 0.0 for item in values],
            [item.high - item.mean if item else 0.0 for item in values],
        ]
        positions = [group + (number - 0.5) * width for group in range(len(groups))]
        axes.bar(positions, means, width, yerr=errors, capsize=3, label=label, color=("#b0b7c3", "#1f6f8b")[number])
    axes.set_xticks(range(len(groups)), [f"{corpus}\n{task}\n{language} query" for corpus, task, language in groups])
    axes.set_ylabel("nDCG@10, answer in the other language")
    axes.set_ylim(0, 1)
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)
