"""The documentation names everything there is, and nothing that is not."""

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import APIRoute
from packaging.requirements import Requirement
from typer.core import TyperGroup, TyperOption

from search_api.cli import app
from search_api.routes.v1 import ROUTERS
from search_api.schemas.request import SearchRequest
from search_api.settings import Settings
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*.md")])


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def leaves(command: Any, name: str) -> list[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        return [leaf for child, sub in command.commands.items() for leaf in leaves(sub, f"{name} {child}")]
    return [(name, command)]


COMMANDS = leaves(typer.main.get_command(app), "khabar")


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_is_documented(name: str, command: Any) -> None:
    sections = re.split(r"^## ", page("commands.md"), flags=re.MULTILINE)
    section = next(section for section in sections if section.startswith(f"`{name}"))
    for parameter in command.params:
        if isinstance(parameter, TyperOption):
            assert f"`{parameter.opts[0]}" in section, parameter.opts


def test_no_documented_command_is_missing() -> None:
    documented = set(re.findall(r"^## `(khabar[a-z ]*[a-z])", page("commands.md"), flags=re.MULTILINE))
    assert documented == {name for name, _ in COMMANDS}


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    variable = f"KHABAR_{name.upper()}"
    assert f"| `{variable}` |" in page("commands.md")
    assert f"{variable}: " in (Settings.__doc__ or "")


def test_every_route_and_parameter_is_documented() -> None:
    text = page("http.md")
    for route in chain.from_iterable(router.routes for router in ROUTERS):
        assert isinstance(route, APIRoute)
        shown = route.path.replace("article_id:path", "id")
        assert f"{min(route.methods or ())} {shown}`" in text
    for name in SearchRequest.model_fields:
        assert f"`{name}`" in text


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    names = {Requirement(line).name for line in declared} - {"khabar"}
    assert names == set(re.findall(r"^- `([^`]+)`", page("dependencies.md"), flags=re.MULTILINE))


def test_every_pinned_version_is_exact_and_torch_is_the_agreed_one() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert all([part.operator for part in pin.specifier] == ["=="] for pin in pins)
    assert "torch==2.13.0" in lines


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_make_targets_in_docs_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)) <= targets
