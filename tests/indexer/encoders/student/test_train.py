"""Training a student of a real, tiny model: from files to a folder that builds can use."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from indexer.encoders.student import finish
from indexer.encoders.student.graph_weights import graph_weights
from indexer.encoders.student.run_folder import RunFolder
from indexer.encoders.student.student_folder import StudentFolder
from indexer.encoders.student.training import LEARNING_RATE
from indexer.snapshot.errors import ModelError, UsageError
from tests.indexer.encoders.student.conftest import Trainer


def graph(folder: Path) -> bytes:
    return StudentFolder(folder).onnx.read_bytes()


def test_a_student_has_some_layers_and_no_table_of_words(student: Path) -> None:
    manifest = StudentFolder(student).read_manifest()
    assert (manifest.spec.name, manifest.spec.dim, manifest.spec.query_prompt) == ("newsroom", 32, "query: ")
    assert manifest.student.layers == (0,)
    assert manifest.steps == 12
    assert manifest.agreement.mean > 0.99
    assert 0.25 < manifest.student.recall <= 1
    assert manifest.student.n_queries > 0
    assert manifest.embeddings.tensor.startswith("embeddings.")
    assert len(graph(student)) < 150_000


def test_the_card_says_what_it_was_trained_with(student: Path) -> None:
    card = StudentFolder(student).card.read_text(encoding="utf-8")
    assert card.startswith("# newsroom\n")
    assert "| pairs.tsv | 16 |" in card
    assert "All pairs are our own." in card


@pytest.mark.slow
def test_equal_plans_give_equal_students_and_seeds_matter(trained: Trainer, student: Path, tmp_path: Path) -> None:
    assert graph(trained(tmp_path / "again")) == graph(student)
    assert graph(trained(tmp_path / "other", seed=1)) != graph(student)


@pytest.mark.slow
def test_training_lowers_the_loss_on_held_back_examples(trained: Trainer, student: Path, tmp_path: Path) -> None:
    before = StudentFolder(student).read_manifest().sources["built-in queries"].held_back_loss
    after = StudentFolder(trained(tmp_path / "longer", steps=50)).read_manifest().sources["built-in queries"]
    assert before is not None
    assert after.held_back_loss is not None
    assert after.held_back_loss < before - 0.01


@pytest.mark.slow
def test_a_training_begins_with_the_weights_of_another(trained: Trainer, student: Path, tmp_path: Path) -> None:
    further = trained(tmp_path / "further", steps=1, start=student)
    record = RunFolder(further).record()
    assert record is not None
    assert record.plan.learning_rate < LEARNING_RATE
    losses = [
        StudentFolder(folder).read_manifest().sources["pairs.tsv"].held_back_loss for folder in (student, further)
    ]
    assert losses[0] == losses[1]  # the first step of a training has a learning rate of zero
    assert graph(further) != graph(trained(tmp_path / "from-model", steps=1))
    with pytest.raises(UsageError, match="that student has another number of layers"):
        trained(tmp_path / "two", layers=2, start=student)
    with pytest.raises(UsageError, match="absent has neither a training nor an encoder that one has made"):
        trained(tmp_path / "none", start=tmp_path / "absent")


def test_a_training_begins_with_the_graph_of_an_encoder_whose_training_was_deleted(
    trained: Trainer, student: Path, tmp_path: Path
) -> None:
    finished = shutil.copytree(student, tmp_path / "finished", ignore=shutil.ignore_patterns("training"))
    with safe_open(RunFolder(student).checkpoint, framework="pt") as stored:
        names = [name.removesuffix("/weight") for name in stored.keys() if name.endswith("/weight")]  # noqa: SIM118
    exact, rounded = RunFolder(student).weights(), graph_weights(StudentFolder(finished).onnx, names)
    assert exact.keys() == rounded.keys()
    for name, weight in exact.items():
        assert torch.linalg.norm(rounded[name] - weight) <= 0.01 * torch.linalg.norm(weight), name
    further = trained(tmp_path / "further", steps=1, start=finished)
    losses = [
        StudentFolder(folder).read_manifest().sources["pairs.tsv"].held_back_loss for folder in (student, further)
    ]
    assert losses[0] == pytest.approx(losses[1], abs=0.002)
    with pytest.raises(UsageError, match="is of a student with another number of layers, or of another model"):
        trained(tmp_path / "two", layers=2, start=finished)
    StudentFolder(finished).onnx.write_bytes(b"no graph")
    with pytest.raises(UsageError, match="cannot be read: a training begins from the folder of another"):
        trained(tmp_path / "damaged", start=finished)


def test_other_options_do_not_continue_a_training(trained: Trainer, student: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(student, tmp_path / "copy")
    for options in ({"seed": 1}, {"steps": 13}, {"layers": 2}):
        with pytest.raises(UsageError, match="has a training with other data or options"):
            trained(folder, **options)


def test_damaged_working_files_are_named(trained: Trainer, student: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(student, tmp_path / "copy")
    run = RunFolder(folder)
    run.checkpoint.write_bytes(b"\x00" * 16)
    with pytest.raises(UsageError, match=r"checkpoint\.safetensors is damaged; delete .*training"):
        trained(folder)
    (run.root / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match=r"run\.json cannot be read; delete .*training"):
        trained(folder)


@pytest.mark.parametrize("layers", [0, 3])
def test_layers_that_the_model_lacks_are_refused(trained: Trainer, tmp_path: Path, layers: int) -> None:
    with pytest.raises(UsageError, match="has layers 0 to 1; name some of them"):
        trained(tmp_path / "student", layers=layers)


def test_a_student_that_has_learned_nothing_is_not_written(
    trained: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "MIN_RECALL", 1.01)
    with pytest.raises(ModelError, match="train it for longer, in another folder"):
        trained(tmp_path / "student")
    with pytest.raises(ModelError, match="holds no query encoder that `khabar encoder train` has finished"):
        StudentFolder(tmp_path / "student").read_manifest()


@pytest.mark.slow
def test_a_killed_training_goes_on_and_gives_the_same_student(
    tiny_model: Path, pairs_file: Path, tmp_path: Path
) -> None:
    def start(folder: Path) -> "subprocess.Popen[str]":
        options = ["--model", str(tiny_model), "--pairs", str(pairs_file), "--layers", "1", "--threads", "1"]
        command = [sys.executable, "-m", "search_api", "encoder", "train", str(folder), *options, "--steps", "120"]
        return subprocess.Popen([*command, "--checkpoint-s", "0.3"], stderr=subprocess.PIPE, text=True)

    killed, whole = tmp_path / "a" / "student", tmp_path / "b" / "student"
    with start(killed) as process:
        while not RunFolder(killed).checkpoint.exists():
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert not StudentFolder(killed).manifest.exists()
    for folder in (killed, whole):
        with start(folder) as process:
            told = process.communicate(timeout=300)[1]
        assert process.returncode == 0, told
        if folder == killed:
            assert "training from step 0 to" not in told
    assert graph(killed) == graph(whole)
