"""`khabar index`: build a store, look at it, check it, and change what is served."""

import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from indexer import options
from indexer.alerts_cli import alerts
from indexer.embedding.passage import Context
from indexer.encoders.student.query_encoder_choice import BUNDLED_STUDENT
from indexer.options import Json, Store, print_json
from indexer.reporting.counted import counted
from indexer.reporting.progress import Reporter
from indexer.snapshot.layout import DEFAULT_STORE, StoreLayout
from indexer.snapshot.reader import check_version, current_version
from indexer.sources.isolation.budget import DEFAULT_TIME_S
from indexer.store.status import read_status
from indexer.takedown_cli import takedown, takedowns

if TYPE_CHECKING:
    from indexer.build import BuildResult  # needs the extra [index]
    from indexer.store.prune import PruneResult

app = typer.Typer(
    help="Build, look at and check the index.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def build(
    sources: options.Sources,
    store: Store = DEFAULT_STORE,
    model: options.Model = None,
    query_prompt: options.QueryPrompt = None,
    passage_prompt: options.PassagePrompt = None,
    query_encoder: options.QueryEncoder = BUNDLED_STUDENT,
    context: options.PassageContext = Context.TITLE_AND_SECTION,
    memory_budget: options.MemoryBudget = None,
    format_name: options.FormatName = None,
    field_map: options.FieldMap = None,
    dates: options.Dates = None,
    file_time: options.FileTime = DEFAULT_TIME_S,
    file_memory: options.FileMemory = None,
    engine: options.EngineName = options.Engine.LOCAL,
    ray_address: options.RayAddress = None,
    shards: options.Shards = None,
    add: options.Add = False,
    keep_days: options.KeepDays = None,
    max_shrink: options.MaxShrink = None,
    max_change: options.MaxChange = None,
    min_recall: options.MinRecall = None,
    strict: options.Strict = False,
    as_json: Json = False,
) -> None:
    """Build an index of all articles in SOURCES and publish it."""
    with options.needs_extra("building", "bundled"):
        from indexer import build as building
        from indexer.articles.gather import CorpusScope
        from indexer.gate import USUAL_MIN_RECALL, Limits
        from indexer.sources.formats.format import ReadOptions
        from indexer.sources.isolation.budget import DEFAULT_MEMORY_BYTES, FileBudget
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a build ends as with Ctrl-C
    min_share = options.share("--min-recall", min_recall)
    file_bytes = options.byte_size("--file-memory", file_memory)
    result = building.build(
        sources,
        store,
        Reporter(Console(stderr=True)),
        recipe=building.Recipe(
            model,
            query_prompt,
            passage_prompt,
            context,
            memory_budget_bytes=options.byte_size("--memory-budget", memory_budget),
            query_encoder=query_encoder,
            cluster=options.ray_cluster(engine, ray_address),
            n_shards=shards,
        ),
        scope=CorpusScope(add, keep_days),
        limits=Limits(
            max_shrink=options.share("--max-shrink", max_shrink),
            max_change=options.share("--max-change", max_change),
            min_recall=USUAL_MIN_RECALL if min_share is None else min_share,
        ),
        reading=ReadOptions(format_name, options.field_names(field_map), dates),
        strict=strict,
        file_budget=FileBudget(file_time, DEFAULT_MEMORY_BYTES if file_bytes is None else file_bytes),
    )
    _print_result(result, StoreLayout(store), as_json=as_json)


@app.command()
def status(store: Store = DEFAULT_STORE, as_json: Json = False) -> None:
    """Show what is published and how it was built."""
    store_status = read_status(StoreLayout(store))
    if as_json:
        print_json(store_status.as_json())
    else:
        typer.echo("\n".join(store_status.lines()))


@app.command()
def verify(
    version: Annotated[str | None, typer.Argument(help="By default the published one.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Check format, encoder and every checksum of a version."""
    from indexer.reporting.report import SEALED_SINCE, check_report

    layout = StoreLayout(store)
    name = version or current_version(layout)
    manifest, encoder = check_version(layout, name)
    n_files = len(manifest.files) + len(encoder.files)
    if manifest.format_version >= SEALED_SINCE:
        check_report(layout.version(name).report)
        n_files += 1
    if as_json:
        print_json({"version": name, "ok": True, "files": n_files})
    else:
        typer.echo(f"{name}: {n_files} files match their checksums")


@app.command()
def rollback(
    version: Annotated[str | None, typer.Argument(help="By default the one before the published one.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Publish an earlier version again; running services follow within two seconds."""
    from indexer.store.versions import roll_back

    layout = StoreLayout(store)
    before = current_version(layout)
    manifest = roll_back(layout, version)
    if as_json:
        print_json({"version": manifest.version, "before": before})
    else:
        typer.echo(f"published {manifest.version}, built {manifest.created_at}; before, {before} was published")


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions to keep.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Also remove whatever has the text of articles that are taken down.")
    ] = False,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Remove old versions, and encoders and cached vectors that no version needs any more."""
    layout = StoreLayout(store)
    if purge:
        from indexer.purge import purge as purge_store
        from indexer.store.audit import record_action

        purged = purge_store(layout, keep)
        record_action(layout, "purge", articles=purged.articles, versions=purged.removed)
        typer.echo(
            f"purged {counted(purged.articles, 'article')} that are taken down, and {counted(purged.alerts, 'alert')}",
            err=True,
        )
        pruned: PruneResult = purged
    else:
        from indexer.store.prune import prune as prune_store

        pruned = prune_store(layout, keep)
    if as_json:
        print_json(asdict(pruned))
        return
    typer.echo(
        f"removed {len(pruned.removed)} versions, {len(pruned.encoders)} encoders and {pruned.vectors:,} cached vectors"
    )
    if pruned.in_use:
        typer.echo(f"still being served, so kept: {', '.join(pruned.in_use)}")


app.command()(takedown)
app.command()(takedowns)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="The earlier version.")],
    new: Annotated[str | None, typer.Argument(help="By default the published one.")] = None,
    store: Store = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """List the articles that are added, changed and removed between two versions."""
    from indexer.store.diff import compare_versions

    layout = StoreLayout(store)
    newer = new or current_version(layout)
    difference = compare_versions(layout, old, newer)
    if as_json:
        print_json({"old": old, "new": newer, **asdict(difference)})
        return
    for sign, ids in (("+", difference.added), ("~", difference.changed), ("-", difference.removed)):
        for article_id in ids:
            typer.echo(f"{sign} {article_id}")
    typer.echo(
        f"{len(difference.added):,} added, {len(difference.changed):,} changed, {len(difference.removed):,} removed "
        f"from {old} to {newer}",
        err=True,
    )


app.command()(alerts)


def _print_result(result: "BuildResult", store: StoreLayout, *, as_json: bool) -> None:
    manifest, counts, report = result.manifest, result.manifest.counts, result.report
    if as_json:
        build_fields = {
            "embedded": report.embedded,
            "taken_down": report.taken_down,
            "expired": report.expired,
            "stages": [asdict(stage) for stage in result.stages],
        }
        print_json({**read_status(store).as_json(), **build_fields})
        return
    typer.echo(
        f"published {manifest.version}: {counted(counts.articles, 'article')}, "
        f"{counted(counts.paragraphs, 'paragraph')}, "
        f"{report.embedded:,} embedded, {counts.rejected:,} rejected"
    )
    for line in report.lines():
        typer.echo(line)
    if counts.rejected or report.repeated:
        typer.echo(f"rejected and repeated records are listed in {store.version(manifest.version).rejects}")
