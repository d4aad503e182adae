"""`khabar encoder` as a user calls it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from indexer.encoder_cli import app
from indexer.snapshot.errors import KhabarError

runner = CliRunner()


@pytest.mark.slow
def test_training_ends_with_the_command_that_uses_the_encoder(tiny_model: Path, tmp_path: Path) -> None:
    pairs, licences, folder = tmp_path / "pairs.tsv", tmp_path / "LICENCES.md", tmp_path / "newsroom"
    pairs.write_text("cairo\tالقاهرة\nstorm\tعاصفة\n", encoding="utf-8")
    licences.write_text("Written by us.", encoding="utf-8")
    options = ["--model", str(tiny_model), "--pairs", str(pairs), "--terms", str(pairs), "--licences", str(licences)]
    command = ["train", str(folder), *options, "--layers", "0", "--steps", "3"]
    with pytest.raises(KhabarError, match="has layers 0 to 1"):
        runner.invoke(app, command, catch_exceptions=False)
    command[command.index("--layers") + 1] = "0,1"
    done = runner.invoke(app, command, catch_exceptions=False)
    assert "newsroom: 2 layers, 3 steps, finds " in done.stdout
    assert f"khabar index build SOURCE --query-encoder {folder}" in done.stdout
    assert "Written by us." in (folder / "README.md").read_text(encoding="utf-8")
    shown = json.loads(runner.invoke(app, [*command, "--json"], catch_exceptions=False).stdout)
    assert shown == json.loads((folder / "student.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--layers", "x"], "--layers: 'x' is neither a number of layers nor a list"),
        (["--layers", "0,,1"], "--layers: '0,,1' is neither"),
        (["--licences", "absent.md"], r"--licences: absent\.md cannot be read"),
        (["--queries", "absent.txt"], r"absent\.txt cannot be read"),
        (["--store", "absent"], "no published index in absent"),
        (["--model", "./absent"], r"no model folder at \./absent"),
    ],
)
def test_wrong_options_are_named(
    options: list[str], problem: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["train", "newsroom", "--model", str(tiny_model), "--steps", "1", *options]
    with pytest.raises(KhabarError, match=problem):
        runner.invoke(app, command, catch_exceptions=False)


@pytest.mark.slow
def test_phrases_are_added_to_a_finished_encoder(tiny_model: Path, tmp_path: Path) -> None:
    pairs, trained, folder = tmp_path / "pairs.tsv", tmp_path / "newsroom", tmp_path / "with-names"
    pairs.write_text("cairo\tالقاهرة\nstorm\tعاصفة\n", encoding="utf-8")
    options = ["--model", str(tiny_model), "--pairs", str(pairs)]
    runner.invoke(app, ["train", str(trained), *options, "--layers", "1", "--steps", "1"], catch_exceptions=False)
    command = ["phrases", str(folder), "--start", str(trained), *options]
    done = runner.invoke(app, command, catch_exceptions=False)
    assert "knows 4 phrases" in done.stdout
    assert f"khabar index build SOURCE --query-encoder {folder}" in done.stdout
    with pytest.raises(KhabarError, match=r"was trained for tiny .*, not for intfloat/multilingual-e5-small"):
        runner.invoke(app, ["phrases", str(folder), "--start", str(trained)], catch_exceptions=False)


@pytest.mark.slow
def test_a_store_gives_headlines_and_pieces(tiny_model: Path, fake_store: Path, tmp_path: Path) -> None:
    command = [
        "train",
        str(tmp_path / "newsroom"),
        "--model",
        str(tiny_model),
        "--store",
        str(fake_store),
        "--layers",
        "1",
    ]
    shown = json.loads(runner.invoke(app, [*command, "--steps", "1", "--json"], catch_exceptions=False).stdout)
    assert "headlines" in shown["sources"]
