"""`python -m benchmarks.events`: `measure` hides halves of documents among news and finds events by several rules."""

import tempfile
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.corpora.parallel import read_ntrex
from benchmarks.events.articles import Titles, half_id, halves, other_news, write_articles
from benchmarks.events.figures import compute
from benchmarks.events.measurement import measure_rules, measure_time
from benchmarks.events.records import LabelledArticle, Records, RuleRun
from benchmarks.events.report import write_report
from benchmarks.harness.benchmark import Benchmark, Out, reporter
from benchmarks.harness.options import whole_numbers
from indexer.vectors.events import EventRule

_PACKAGES = ("khabar", "torch", "sentence-transformers", "numpy")
BENCHMARK = Benchmark(
    "events", "Events in two languages.", "records.json.gz", Records, compute, write_report, _PACKAGES
)
app = BENCHMARK.command_line()


@app.command()
def measure(
    ntrex: Annotated[Path, typer.Option(help="Folder with NTREX articles.jsonl.")],
    news: Annotated[list[Path], typer.Option(help="Other news, JSON Lines, plain or .gz; may be given several times.")],
    store: Annotated[Path, typer.Option(help="A store of its own; its cache keeps the embeddings.")],
    out: Out = BENCHMARK.folder,
    synthetic: Annotated[str, typer.Option(help="Numbers of synthetic articles whose time is measured.")] = "100000",
) -> None:
    """Build versions, find their events by several rules, and write raw records, figures and report."""
    documents = read_ntrex(ntrex).documents
    articles = {record["id"]: LabelledArticle(record["language"], None) for record in other_news(news)}
    for record in halves(documents, Titles.BOTH):
        document = record["id"].rsplit("-", 1)[0]
        articles[half_id(document, record["language"])] = LabelledArticle(record["language"], document)
    runs: list[RuleRun] = []
    with tempfile.TemporaryDirectory() as folder:
        for titles in Titles:
            source = Path(folder) / f"{titles}.jsonl"
            write_articles(source, chain(halves(documents, titles), other_news(news)))
            runs += measure_rules(source, store, titles, reporter())
    rule = EventRule()
    times = [measure_time(n) for n in whole_numbers(synthetic)]
    BENCHMARK.finish(out, Records(articles, (rule.margin_across, rule.margin_within), runs, times))


if __name__ == "__main__":
    BENCHMARK.run(app)
