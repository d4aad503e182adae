"""One benchmark: raw records are written first, and figures and report are computed from them again at any time."""

import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import typer
from rich.console import Console

from benchmarks.harness import environment
from benchmarks.harness.errors import BenchmarkError
from benchmarks.harness.records import read_json, read_records, write_json, write_records
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import KhabarError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Out = Annotated[Path, typer.Option(help="Folder for records and reports.")]

RESULTS = Path(__file__).resolve().parents[1] / "results"
"""The results of this clone, wherever a benchmark is started."""

RUN, FIGURES, REPORT = "run.json", "figures.json", "report.md"


R = TypeVar("R")
F = TypeVar("F", bound="DataclassInstance")


def reporter() -> Reporter:
    """Return a reporter of progress on standard error."""
    return Reporter(Console(stderr=True))


@dataclass(frozen=True)
class Benchmark(Generic[R, F]):
    """The name of a benchmark, its raw records, and how figures and report follow from them.

    `write_report` gets the path of the report, figures, records and the description of the run; it may write
    charts beside the report. `packages` are those whose versions matter.
    """

    name: str
    purpose: str
    records_file: str
    kind: type[R]
    compute: Callable[[R], F]
    write_report: Callable[[Path, F, R, Mapping[str, Any]], None]
    packages: tuple[str, ...] = environment.PACKAGES

    @property
    def module(self) -> str:
        """The module that `python -m` runs."""
        return f"benchmarks.{self.name}"

    @property
    def folder(self) -> Path:
        """The default folder for records and reports."""
        return RESULTS / self.name

    def command_line(self) -> typer.Typer:
        """Return an application with the command `report`; errors in it show plain tracebacks."""
        app = typer.Typer(help=self.purpose, pretty_exceptions_enable=False, add_completion=False)

        @app.command()
        def report(out: Out = self.folder) -> None:
            """Compute figures from raw records, and write figures and report again."""
            self.report(out)

        return app

    def description(self) -> dict[str, Any]:
        """Return command, commit, versions and machine of this run."""
        return environment.description(self.module, self.packages)

    def write_records(self, out: Path, records: R) -> None:
        """Write raw records; an interrupted run keeps those that were written last."""
        out.mkdir(parents=True, exist_ok=True)
        write_records(out / self.records_file, records, self.kind)

    def read_records(self, out: Path) -> R:
        """Read the raw records of a run.

        Raises:
            BenchmarkError: there are none in the folder.
        """
        path = out / self.records_file
        if not path.is_file():
            raise BenchmarkError(f"no {path}: `python -m {self.module} measure` writes it")
        return read_records(path, self.kind)

    def finish(self, out: Path, records: R, description: Mapping[str, Any] | None = None) -> None:
        """Write the raw records and the description of a run, then figures and report."""
        self.write_records(out, records)
        write_json(out / RUN, self.description() if description is None else description, indent=2)
        self.report(out)

    def report(self, out: Path) -> None:
        """Compute figures from raw records, and write figures and report."""
        records = self.read_records(out)
        figures = self.compute(records)
        write_json(out / FIGURES, asdict(figures), indent=1)
        self.write_report(out / REPORT, figures, records, read_json(out / RUN))

    def run(self, app: typer.Typer) -> None:
        """Run the command of this process; an expected error becomes one line and exit status 1.

        SIGTERM unwinds the process as Ctrl-C does, so that servers and temporary folders do not stay behind.
        """
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
        try:
            app()
        except (BenchmarkError, KhabarError) as error:
            typer.echo(f"{self.module}: {error}", err=True)
            sys.exit(1)
