"""`khabar encoder`: train a query encoder, and add phrases and a static encoder to one."""

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from indexer import options
from indexer.options import Json
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import UsageError

if TYPE_CHECKING:
    from indexer.encoders.student.student_folder import StudentManifest

app = typer.Typer(
    help="Train a query encoder, and add phrases and a static encoder to one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

_Files = list[Path] | None

TextStore = Annotated[Path | None, typer.Option(help="A store whose headlines and pieces of paragraphs are learned.")]
Queries = Annotated[_Files, typer.Option(metavar="FILE", help="Texts like queries, one a line; repeatable.")]
Pairs = Annotated[_Files, typer.Option(metavar="FILE", help="Lines of text, tab, translation; repeatable.")]
Terms = Annotated[
    _Files,
    typer.Option(metavar="FILE", help="Pairs of common nouns: half of the Arabic ones get the definite article."),
]
Layers = Annotated[
    str, typer.Option(metavar="N|A,B,...", help="How many outer layers of the model to keep, or their numbers.")
]
Start = Annotated[
    Path | None,
    typer.Option(metavar="bundled|DIR", help="A trained encoder whose weights to begin with, instead of the model's."),
]
LearningRate = Annotated[
    float | None, typer.Option(min=1e-8, max=1, help="The highest rate; by default 4e-4, with --start 1e-4.")
]
Steps = Annotated[
    int | None, typer.Option(min=1, help="Batches to train, instead of --minutes: the same ones each time.")
]
Licences = Annotated[Path | None, typer.Option(help="Markdown about the licences of the files, for the card.")]


@app.callback()
def encoder() -> None:
    """Train a query encoder, and add phrases and a static encoder to one."""


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new encoder; train goes on in it.")],
    store: TextStore = None,
    queries: Queries = None,
    pairs: Pairs = None,
    terms: Terms = None,
    model: options.Model = None,
    layers: Layers = "6",
    start: Start = None,
    learning_rate: LearningRate = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long to train.")] = 60,
    steps: Steps = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; by default one for each processor.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda; by default the GPU if there is one.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other examples.")] = 0,
    checkpoint_s: Annotated[float, typer.Option(min=0, help="Seconds between checkpoints, from which to go on.")] = 60,
    licences: Licences = None,
    as_json: Json = False,
) -> None:
    """Train a query encoder for a passage model; go on if DIR has a training that was stopped."""
    with options.needs_extra("training", "bundled"):
        from indexer.encoders.student.finish import write_student
        from indexer.encoders.student.student_folder import StudentFolder, student_path
        from indexer.encoders.student.train import TrainingRequest
        from indexer.encoders.student.train import train as run_training
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a training ends as with Ctrl-C
    licence_text = _read_text(licences)
    request = TrainingRequest(
        model=model,
        queries=queries or [],
        pairs=pairs or [],
        terms=terms or [],
        store=store,
        layers=_layers(layers),
        minutes=minutes,
        steps=steps,
        threads=threads,
        device=device,
        seed=seed,
        start=student_path(start) if start else None,
        learning_rate=learning_rate,
        checkpoint_s=checkpoint_s,
    )
    reporter = Reporter(Console(stderr=True))
    trained = run_training(request, folder, reporter)
    manifest = write_student(trained, StudentFolder(folder), folder.resolve().name, licence_text)
    _print_result(manifest, folder, as_json=as_json)


@app.command()
def phrases(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new encoder.")],
    pairs: Pairs = None,
    terms: Terms = None,
    start: Annotated[Path, typer.Option(metavar="bundled|DIR", help="The encoder that gets the phrases.")] = Path(
        "bundled"
    ),
    model: options.Model = None,
    most: Annotated[int, typer.Option(min=1, help="Most phrases of the files; each takes 200 bytes.")] = 60_000,
    licences: Licences = None,
    as_json: Json = False,
) -> None:
    """Add names, places and terms to a trained query encoder; nothing is trained."""
    with options.needs_extra("adding phrases", "bundled"):
        from indexer.encoders.student.add_phrases import PhrasesRequest, add_phrases
        from indexer.encoders.student.student_folder import StudentFolder, student_path
    request = PhrasesRequest(student_path(start), model, pairs or [], terms or [], most)
    manifest = add_phrases(request, StudentFolder(folder), _read_text(licences), Reporter(Console(stderr=True)))
    _print_result(manifest, folder, as_json=as_json)


@app.command()
def static(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new encoder.")],
    store: TextStore = None,
    queries: Queries = None,
    pairs: Pairs = None,
    start: Annotated[
        Path, typer.Option(metavar="bundled|DIR", help="The encoder that gets the static encoder.")
    ] = Path("bundled"),
    model: options.Model = None,
    most: Annotated[int, typer.Option(min=1, help="Most texts to learn.")] = 100_000,
    epochs: Annotated[int, typer.Option(min=1, help="How often each text is learned.")] = 8,
    seed: Annotated[int, typer.Option(help="Another seed learns in another order.")] = 0,
    licences: Licences = None,
    as_json: Json = False,
) -> None:
    """Add a static encoder to a trained query encoder: highlights then cost little."""
    with options.needs_extra("training", "bundled"):
        from indexer.encoders.student.add_static import StaticRequest, add_static
        from indexer.encoders.student.student_folder import StudentFolder, student_path
    request = StaticRequest(student_path(start), model, queries or [], pairs or [], store, most, epochs, seed)
    manifest = add_static(request, StudentFolder(folder), _read_text(licences), Reporter(Console(stderr=True)))
    _print_result(manifest, folder, as_json=as_json)


def _print_result(manifest: "StudentManifest", folder: Path, *, as_json: bool) -> None:
    if as_json:
        options.print_json(manifest.as_json())
        return
    typer.echo(manifest.summary())
    typer.echo(f"build with it: khabar index build SOURCE --query-encoder {folder}")


def _layers(text: str) -> list[int] | int:
    try:
        return [int(number) for number in text.split(",")] if "," in text else int(text)
    except ValueError as error:
        raise UsageError(f"--layers: {text!r} is neither a number of layers nor a list such as 0,1,10,11") from error


def _read_text(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--licences: {path} cannot be read: {error}") from error
