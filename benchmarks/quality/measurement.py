"""One run: builds the pools of each corpus in one store, and searches them with all variants."""

import platform
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from benchmarks.corpora.jsonl import ARTICLES, read_jsonl
from benchmarks.corpora.judged import read_judged
from benchmarks.corpora.parallel import CODE_SWITCHED, LANGUAGES, ParallelCorpus
from benchmarks.corpora.short import ShortQuery, read_pairs, read_short_queries, title_queries
from benchmarks.harness import environment
from benchmarks.quality import pools, run
from benchmarks.quality.pools import Pool
from benchmarks.quality.run import BLENDS, Record, run_judged_queries, run_parallel_queries
from benchmarks.quality.short import run_short_queries
from indexer.build import Recipe
from indexer.embedding.passage import Context
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.query import Mode
from indexer.snapshot.text.language import UNDETERMINED

_UNKNOWN = "language unknown"
_WITH_WORDS: dict[str, tuple[Mode, float | None]] = {
    Mode.HYBRID.value: (Mode.HYBRID, None),
    Mode.EXACT.value: (Mode.EXACT, None),
    **{name: (Mode.HYBRID, days) for name, days in BLENDS.items()},
}
"""Searches by words too, by variant: the mode, and the half-life in days where the order is a blend."""

_FULL_PRECISION = "passage model in full precision"


class QualityRun:
    """Builds the pools of one run in one store and searches them; `haystack` is other news for `needles`."""

    def __init__(self, store: Path, haystack: tuple[Path, ...], reporter: Reporter) -> None:
        self._store, self._haystack, self._reporter = store, haystack, reporter
        self._recipe = Recipe()
        self._model = ""
        self._largest_pool = 0

    def parallel(self, corpus: ParallelCorpus) -> Iterator[Record]:
        """Search a parallel corpus in both spaces, and the mixed pools with variants of the query side."""
        for pool in Pool:
            language_of = pools.assign_languages(corpus.documents, pool)
            search = partial(run_parallel_queries, corpus=corpus, language_of=language_of, pool=pool.value)
            for variant, recipe in self._variants.items():
                self._reporter.print_line(f"{corpus.name}, {pool.value}, {variant}")
                version = pools.publish_pool(corpus.documents, language_of, self._store, self._reporter, recipe)
                with self._open(version) as snapshot:
                    yield from search(snapshot, variant=variant)
                    if variant == "neutral":
                        yield from search(snapshot, variant=Mode.HYBRID.value, mode=Mode.HYBRID)
                    if variant != "neutral" or pool not in pools.MIXED:
                        continue
                    yield from search(snapshot, variant=_UNKNOWN, query_language=UNDETERMINED)
                    for name in LANGUAGES:
                        only = [CODE_SWITCHED]
                        yield from search(snapshot, variant=f"taken for {name}", query_language=name, only=only)
                    full = run.in_full_precision(snapshot, self._cache, recipe.shrinkage)
                    yield from search(full, variant=_FULL_PRECISION)

    def with_titles(self, corpus: ParallelCorpus) -> Iterator[Record]:
        """Search for paragraphs on mixed pools whose documents have their titles before each paragraph."""
        for pool in pools.MIXED:
            language_of = pools.assign_languages(corpus.documents, pool)
            search = partial(run_parallel_queries, corpus=corpus, language_of=language_of, pool=pool.value)
            self._reporter.print_line(f"{corpus.name}, {pool.value}, with titles")
            version = pools.publish_pool(
                corpus.documents, language_of, self._store, self._reporter, self._recipe, with_titles=True
            )
            with self._open(version) as snapshot:
                yield from search(snapshot, variant="with titles", only=["paragraph"])

    def needles(self, corpora: Sequence[ParallelCorpus]) -> Iterator[Record]:
        """Search for documents of all corpora that are hidden together among the other news.

        Raw vectors, and the passage model for queries, are searched on the mixed pools only: each pool is a whole
        build.
        """
        documents = [document for corpus in corpora for document in corpus.documents]
        for pool in Pool:
            language_of: dict[str, str] = {}
            for corpus in corpora:
                language_of |= pools.assign_languages(corpus.documents, pool)
            recipes = self._variants if pool in pools.MIXED else {"neutral": self._recipe}
            for variant, recipe in recipes.items():
                self._reporter.print_line(f"among other news, {pool.value}, {variant}")
                version = pools.publish_pool(
                    documents, language_of, self._store, self._reporter, recipe, haystack=self._haystack
                )
                with self._open(version) as snapshot:
                    for corpus in corpora:
                        search = partial(run_parallel_queries, snapshot, corpus, language_of, pool=pool.value)
                        yield from search(variant=variant)
                        if variant == "neutral":
                            yield from search(variant=Mode.HYBRID.value, mode=Mode.HYBRID)

    def judged(self, folder: Path) -> Iterator[Record]:
        """Search a judged corpus in both spaces, with every context, and with variants of the query side."""
        queries = read_judged(folder)
        recipes = {
            **self._variants,
            "title only": replace(self._recipe, context=Context.TITLE),
            "no context": replace(self._recipe, context=Context.NONE),
        }
        for variant, recipe in recipes.items():
            self._reporter.print_line(f"{folder.name}, {variant}")
            version = pools.publish_articles([folder / ARTICLES], self._store, self._reporter, recipe)
            with self._open(version) as snapshot:
                yield from run_judged_queries(snapshot, folder.name, queries, variant=variant)
                if variant == "neutral":
                    yield from run_judged_queries(
                        snapshot, folder.name, queries, variant=_UNKNOWN, query_language=UNDETERMINED
                    )
                    for name, (mode, days) in _WITH_WORDS.items():
                        yield from run_judged_queries(
                            snapshot, folder.name, queries, variant=name, mode=mode, half_life_days=days
                        )
                    full = run.in_full_precision(snapshot, self._cache, recipe.shrinkage)
                    yield from run_judged_queries(full, folder.name, queries, variant=_FULL_PRECISION)

    def third_language(self, sample: Path, third: Path) -> Iterator[Record]:
        """Search for events that only a third language covers, beside the other events of the sample and alone."""
        queries = read_judged(third)
        others = pools.write_other_events(sample, third, self._store)
        for variant, recipe in self._variants.items():
            for pool, sources in (("mixed", [third / ARTICLES, others]), ("alone", [third / ARTICLES])):
                self._reporter.print_line(f"{third.name}, {pool}, {variant}")
                version = pools.publish_articles(sources, self._store, self._reporter, recipe)
                with self._open(version) as snapshot:
                    yield from run_judged_queries(snapshot, third.name, queries, variant=variant, pool=pool)
                    if variant == "neutral":
                        yield from run_judged_queries(
                            snapshot, third.name, queries, variant=_UNKNOWN, pool=pool, query_language=UNDETERMINED
                        )

    def short_queries(self, sample: Path, trained: Collection[str]) -> Iterator[Record]:
        """Search for the short queries of a judged corpus."""
        queries = read_short_queries(sample)
        yield from self._short(sample.name, [sample / ARTICLES], queries, trained)

    def title_words(self, articles: Path, pair_files: Sequence[Path], trained: Collection[str]) -> Iterator[Record]:
        """Search a file of articles for the pairs of which one text stands in some of their titles."""
        titles = {record["id"]: record.get("title") or "" for record in read_jsonl(articles)}
        pairs = {path.name: read_pairs(path) for path in pair_files}
        queries = [query for kind, some in pairs.items() for query in title_queries(titles, some, kind)]
        yield from self._short(articles.name, [articles], queries, trained)

    def _short(
        self, name: str, sources: Sequence[Path], queries: Sequence[ShortQuery], trained: Collection[str]
    ) -> Iterator[Record]:
        for variant in ("neutral", "passage model"):
            self._reporter.print_line(f"{name}, short queries, {variant}")
            version = pools.publish_articles(sources, self._store, self._reporter, self._variants[variant])
            with self._open(version) as snapshot:
                yield from run_short_queries(snapshot, name, queries, variant=variant, trained=trained)
                for searched, (mode, days) in _WITH_WORDS.items() if variant == "neutral" else ():
                    yield from run_short_queries(
                        snapshot, name, queries, variant=searched, trained=trained, mode=mode, half_life_days=days
                    )

    @property
    def _variants(self) -> dict[str, Recipe]:
        recipe = self._recipe
        return {"neutral": recipe, "passage model": pools.passage_model(recipe), "raw": pools.raw(recipe)}

    def description(self, module: str, n_records: int) -> dict[str, Any]:
        """Return what a reader needs to judge and repeat the run."""
        return {
            "command": environment.command(module),
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
    def _open(self, version: str) -> Iterator[Snapshot]:
        with open_snapshot(self._store, version=version) as snapshot:
            self._model = snapshot.manifest.encoder.name
            self._largest_pool = max(self._largest_pool, snapshot.manifest.counts.paragraphs)
            yield snapshot
