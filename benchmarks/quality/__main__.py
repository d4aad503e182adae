"""`python -m benchmarks.quality`: measure, compute, report; each step can be repeated alone."""

import json
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks import environment
from benchmarks.quality import pools, run, tasks
from benchmarks.quality.figures import compute
from benchmarks.quality.pools import Pool
from benchmarks.quality.report import write_chart, write_report
from benchmarks.quality.run import Record
from benchmarks.quality.tasks import CODE_SWITCHED, ParallelCorpus
from indexer.build import Recipe, build
from indexer.embedding.passage import Context
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot

app = typer.Typer(help="Quality of khabar's search.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/quality")
RECORDS, RUN, FIGURES = "records.jsonl.gz", "run.json", "figures.json"

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    store: Annotated[Path, typer.Option(help="A store to build in; what it has embedded is used again.")],
    sample: Annotated[Path | None, typer.Option(help="A judged corpus, laid out as data/ is.")] = None,
    ntrex: Annotated[Path | None, typer.Option(help="Folder with NTREX articles.jsonl.")] = None,
    flores: Annotated[Path | None, typer.Option(help="Folder with FLORES docs.jsonl and sentences.jsonl.")] = None,
    third: Annotated[Path | None, typer.Option(help="A third language's articles on the sample's events.")] = None,
    haystack: Annotated[list[Path] | None, typer.Option(help="Other news to hide NTREX and FLORES among.")] = None,
    out: Out = RESULTS,
) -> None:
    """Ask all queries and write raw records, then figures and report."""
    if third and not sample:
        raise typer.BadParameter("it goes with --sample, whose other events are in the same pool", param_hint="--third")
    bench = _Bench(store, tuple(haystack or ()), Reporter(Console(stderr=True)))
    out.mkdir(parents=True, exist_ok=True)
    corpora = [tasks.read_ntrex(ntrex)] if ntrex else []
    corpora += [tasks.read_flores(flores)] if flores else []

    def records() -> Iterator[Record]:
        if sample:
            yield from bench.judged(sample)
        if sample and third:
            yield from bench.third_language(sample, third)
        if haystack:
            yield from bench.needles(corpora)
        else:
            for corpus in corpora:
                yield from bench.parallel(corpus)
                if any(document.titles for document in corpus.documents):
                    yield from bench.titled(corpus)

    n_records = run.write_records(out / RECORDS, records())
    (out / RUN).write_text(json.dumps(bench.description(n_records), indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    figures = compute(run.read_records(out / RECORDS))
    (out / FIGURES).write_text(json.dumps(figures.as_json(), indent=1) + "\n", encoding="utf-8")
    write_report(out / "report.md", figures, json.loads((out / RUN).read_text(encoding="utf-8")))
    write_chart(out / "gap.png", figures)


class _Bench:
    """Builds the pools of one run in one store and asks on them."""

    def __init__(self, store: Path, haystack: tuple[Path, ...], reporter: Reporter) -> None:
        self._store, self._haystack, self._reporter = store, haystack, reporter
        self._recipe = Recipe()
        self._model = ""
        self._largest_pool = 0

    def parallel(self, corpus: ParallelCorpus) -> Iterator[Record]:
        """Ask a parallel corpus in both spaces, and variants of the query side on the mixed pools."""
        for pool in Pool:
            placed = pools.placement(corpus.documents, pool)
            for variant, recipe in (("neutral", self._recipe), ("raw", pools.raw(self._recipe))):
                self._reporter.print_line(f"{corpus.name}, {pool.value}, {variant}")
                version = pools.publish_pool(corpus.documents, placed, self._store, self._reporter, recipe)
                with self._opened(version) as snapshot:
                    yield from run.ask_parallel(snapshot, corpus, placed, pool=pool.value, variant=variant)
                    if variant == "neutral" and pool in pools.MIXED:
                        yield from run.ask_parallel(
                            snapshot, corpus, placed, pool=pool.value, variant="language unknown", query_language="und"
                        )
                        for language in tasks.LANGUAGES:
                            yield from run.ask_parallel(
                                snapshot,
                                corpus,
                                placed,
                                pool=pool.value,
                                variant=f"taken for {language}",
                                query_language=language,
                                only=[CODE_SWITCHED],
                            )
                        full = run.in_full_precision(snapshot, self._cache, recipe.shrinkage)
                        yield from run.ask_parallel(full, corpus, placed, pool=pool.value, variant="full precision")

    def titled(self, corpus: ParallelCorpus) -> Iterator[Record]:
        """Ask for paragraphs on mixed pools whose documents have their titles, read before each paragraph."""
        for pool in pools.MIXED:
            placed = pools.placement(corpus.documents, pool)
            self._reporter.print_line(f"{corpus.name}, {pool.value}, with titles")
            version = pools.publish_pool(
                corpus.documents, placed, self._store, self._reporter, self._recipe, titled=True
            )
            with self._opened(version) as snapshot:
                yield from run.ask_parallel(
                    snapshot, corpus, placed, pool=pool.value, variant="with titles", only=["paragraph"]
                )

    def needles(self, corpora: Sequence[ParallelCorpus]) -> Iterator[Record]:
        """Ask for documents of all corpora hidden together among the other news.

        Raw vectors are asked on the mixed pools only: each pool is a whole build.
        """
        documents = [document for corpus in corpora for document in corpus.documents]
        for pool in Pool:
            placed: dict[str, str] = {}
            for corpus in corpora:
                placed |= pools.placement(corpus.documents, pool)
            recipes = {"neutral": self._recipe} | ({"raw": pools.raw(self._recipe)} if pool in pools.MIXED else {})
            for variant, recipe in recipes.items():
                self._reporter.print_line(f"among other news, {pool.value}, {variant}")
                version = pools.publish_pool(
                    documents, placed, self._store, self._reporter, recipe, haystack=self._haystack
                )
                with self._opened(version) as snapshot:
                    for corpus in corpora:
                        yield from run.ask_parallel(snapshot, corpus, placed, pool=pool.value, variant=variant)

    def judged(self, folder: Path) -> Iterator[Record]:
        """Ask a judged corpus in both spaces, with every context, and with variants of the query side."""
        queries = tasks.read_judged(folder)
        recipes = {
            "neutral": self._recipe,
            "raw": pools.raw(self._recipe),
            "title only": replace(self._recipe, context=Context.TITLE),
            "no context": replace(self._recipe, context=Context.NONE),
        }
        for variant, recipe in recipes.items():
            self._reporter.print_line(f"{folder.name}, {variant}")
            version = build([folder / tasks.ARTICLES], self._store, self._reporter, recipe=recipe).manifest.version
            with self._opened(version) as snapshot:
                yield from run.ask_judged(snapshot, folder.name, queries, variant=variant)
                if variant == "neutral":
                    yield from run.ask_judged(
                        snapshot, folder.name, queries, variant="language unknown", query_language="und"
                    )
                    full = run.in_full_precision(snapshot, self._cache, recipe.shrinkage)
                    yield from run.ask_judged(full, folder.name, queries, variant="full precision")

    def third_language(self, sample: Path, third: Path) -> Iterator[Record]:
        """Ask for events that stand in a third language only, beside the sample's other events; then for
        the same with the third language alone.
        """
        queries = tasks.read_judged(third)
        others = pools.write_other_events(sample, third, self._store)
        for variant, recipe in (("neutral", self._recipe), ("raw", pools.raw(self._recipe))):
            for pool, sources in (("mixed", [third / tasks.ARTICLES, others]), ("alone", [third / tasks.ARTICLES])):
                self._reporter.print_line(f"{third.name}, {pool}, {variant}")
                version = build(sources, self._store, self._reporter, recipe=recipe).manifest.version
                with self._opened(version) as snapshot:
                    yield from run.ask_judged(snapshot, third.name, queries, variant=variant, pool=pool)
                    if variant == "neutral":
                        yield from run.ask_judged(
                            snapshot, third.name, queries, variant="language unknown", pool=pool, query_language="und"
                        )

    def description(self, n_records: int) -> dict[str, Any]:
        """Return what a reader needs to judge and repeat the run."""
        return {
            "command": environment.command("benchmarks.quality"),
            "khabar": installed_version("khabar"),
            "commit": environment.commit(),
            "model": self._model,
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "n_records": n_records,
            "largest_pool": self._largest_pool,
            "among_other_news": bool(self._haystack),
        }

    @property
    def _cache(self) -> Path:
        return StoreLayout(self._store).cache

    @contextmanager
    def _opened(self, version: str) -> Iterator[Snapshot]:
        with run.opened(self._store, version) as snapshot:
            self._model = snapshot.manifest.encoder.name
            self._largest_pool = max(self._largest_pool, snapshot.manifest.counts.paragraphs)
            yield snapshot


if __name__ == "__main__":
    app()
