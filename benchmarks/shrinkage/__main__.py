"""`python -m benchmarks.shrinkage`: measures every shrinkage on the same draws and writes `figures.csv`."""

import csv
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.corpora.parallel import read_ntrex
from benchmarks.harness.benchmark import RESULTS, reporter
from benchmarks.shrinkage.measurement import ShrinkageFigure, embed_corpus, measure
from indexer.snapshot.layout import StoreLayout


def main(
    ntrex: Annotated[Path, typer.Option(help="Folder with NTREX articles.jsonl.")],
    store: Annotated[Path, typer.Option(help="A store whose cache keeps the embeddings.")],
    crowd: Annotated[list[Path] | None, typer.Option(help="Other English news; 10,000 paragraphs are used.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = RESULTS / "shrinkage",
) -> None:
    """Measure every shrinkage on the same draws and write figures.csv."""
    corpus = read_ntrex(ntrex)
    embedded = embed_corpus(corpus, crowd or [], StoreLayout(store).cache, reporter())
    out.mkdir(parents=True, exist_ok=True)
    with (out / "figures.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(ShrinkageFigure._fields)
        for figure in measure(embedded):
            *setting, english, arabic = figure
            writer.writerow([*setting, f"{english:.4f}", f"{arabic:.4f}"])


if __name__ == "__main__":
    typer.run(main)
