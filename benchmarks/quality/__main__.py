"""`python -m benchmarks.quality`: `measure` builds pools and searches them, `report` computes again from records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.corpora.parallel import read_flores, read_ntrex
from benchmarks.corpora.short import folded, read_pairs
from benchmarks.harness.benchmark import RUN, Benchmark, Out, reporter
from benchmarks.harness.records import write_json, write_lines
from benchmarks.quality.figures import compute
from benchmarks.quality.measurement import QualityRun
from benchmarks.quality.report import write_report
from benchmarks.quality.run import Record

BENCHMARK = Benchmark("quality", "Quality of khabar's search.", "records.jsonl.gz", list[Record], compute, write_report)
app = BENCHMARK.command_line()


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store to build in; its cached embeddings are reused.")],
    sample: Annotated[Path | None, typer.Option(help="A judged corpus, laid out as data/ is.")] = None,
    ntrex: Annotated[Path | None, typer.Option(help="Folder with NTREX articles.jsonl.")] = None,
    flores: Annotated[Path | None, typer.Option(help="Folder with FLORES docs.jsonl and sentences.jsonl.")] = None,
    third: Annotated[Path | None, typer.Option(help="A third language's articles on the sample's events.")] = None,
    pairs: Annotated[
        list[Path] | None, typer.Option(help="Names, places or terms and their translations, to look for in titles.")
    ] = None,
    news: Annotated[list[Path] | None, typer.Option(help="Articles whose titles are searched for --pairs.")] = None,
    trained: Annotated[
        list[Path] | None, typer.Option(help="Pairs that the query encoder was trained with, to report them apart.")
    ] = None,
    haystack: Annotated[list[Path] | None, typer.Option(help="Other news to hide NTREX and FLORES among.")] = None,
    out: Out = BENCHMARK.folder,
) -> None:
    """Search for all queries and write raw records, figures and report."""
    if third and not sample:
        raise typer.BadParameter("it needs --sample, whose other events are in the same pool", param_hint="--third")
    bench = QualityRun(store, tuple(haystack or ()), reporter())
    if news and not pairs:
        raise typer.BadParameter("it needs --pairs, which are looked for in the titles", param_hint="--news")
    known = {folded(text) for path in trained or [] for pair in read_pairs(path) for text in pair}
    corpora = [read_ntrex(ntrex)] if ntrex else []
    corpora += [read_flores(flores)] if flores else []

    def records() -> Iterator[Record]:
        if sample:
            yield from bench.judged(sample)
            yield from bench.short_queries(sample, known)
        if sample and third:
            yield from bench.third_language(sample, third)
        for articles in news or []:
            yield from bench.title_words(articles, pairs or [], known)
        if haystack:
            yield from bench.needles(corpora)
        else:
            for corpus in corpora:
                yield from bench.parallel(corpus)
                if any(document.titles for document in corpus.documents):
                    yield from bench.with_titles(corpus)

    n_records = write_lines(out / BENCHMARK.records_file, records(), Record)
    write_json(out / RUN, bench.description(BENCHMARK.module, n_records), indent=2)
    BENCHMARK.report(out)


if __name__ == "__main__":
    BENCHMARK.run(app)
