"""A student of the tiny model, trained once."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from indexer.encoders.student.finish import write_student
from indexer.encoders.student.student_folder import StudentFolder
from indexer.encoders.student.train import TrainingRequest, train
from indexer.reporting.progress import Reporter

PAIRS = "".join(
    f"{english}\t{arabic}\n"
    for english, arabic in [
        ("harbour", "ميناء"),
        ("storm", "عاصفة"),
        ("museum", "متحف"),
        ("canal", "قناة"),
        ("election", "انتخابات"),
        ("earthquake", "زلزال"),
        ("oil field", "حقل نفطي"),
        ("wheat", "قمح"),
    ]
)

Trainer = Callable[..., Path]


@pytest.fixture(scope="session")
def pairs_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text(PAIRS, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trained(tiny_model: Path, pairs_file: Path) -> Trainer:
    """Return a function that trains a student of the tiny model in a folder and returns the folder."""

    def run(folder: Path, *, steps: int = 12, seed: int = 0, layers: int = 1, start: Path | None = None) -> Path:
        request = TrainingRequest(
            model=str(tiny_model),
            queries=[],
            pairs=[pairs_file],
            terms=[],
            store=None,
            layers=layers,
            minutes=1,
            steps=steps,
            threads=1,
            device="cpu",
            seed=seed,
            start=start,
        )
        result = train(request, folder, Reporter(Console(file=io.StringIO())))
        write_student(result, StudentFolder(folder), folder.name, "All pairs are our own.")
        return folder

    return run


@pytest.fixture(scope="session")
def student(trained: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a student of the tiny model; not to be changed."""
    return trained(tmp_path_factory.mktemp("student") / "newsroom")
