"""The documentation names everything there is, and nothing that is not."""

import dataclasses
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import iter_route_contexts
from packaging.requirements import Requirement
from typer.core import TyperGroup, TyperOption

from indexer.alerts.webhooks.message import SECRET_VARIABLE
from indexer.reporting.report import BuildReport, DuplicateCounts, RejectReason, RepeatedLine
from indexer.reporting.stages import Stage
from indexer.sources.formats.registry import FORMAT_NAMES, FORMATS
from search_api.app import create_app
from search_api.cli import app
from search_api.mcp_cli import KEY_VARIABLE
from search_api.settings import Settings
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*.md")])


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def leaves(command: Any, name: str) -> list[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        return [leaf for child, sub in command.commands.items() for leaf in leaves(sub, f"{name} {child}")]
    return [(name, command)]


def _is_about(section: str, command: str) -> bool:
    """Return whether a section has the command as its heading; "takedown" is not "takedowns"."""
    return section.startswith((f"`{command}`", f"`{command} "))


COMMANDS = leaves(typer.main.get_command(app), "khabar")


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_and_option_is_documented(name: str, command: Any) -> None:
    sections = re.split(r"^## ", page("commands.md"), flags=re.MULTILINE)
    section = next(section for section in sections if _is_about(section, name))
    for parameter in command.params:
        if isinstance(parameter, TyperOption):
            assert f"`{parameter.opts[0]}" in section, parameter.opts


def test_no_documented_option_is_missing() -> None:
    """Each option in a table belongs to the command of its section."""
    options = {
        name: {option for parameter in command.params for option in parameter.opts} for name, command in COMMANDS
    }
    documented = []
    for section in re.split(r"^## ", page("commands.md"), flags=re.MULTILINE):
        name = next((name for name in options if _is_about(section, name)), None)
        for row in re.findall(r"^\| (`-[^|]*)\|", section, flags=re.MULTILINE):
            documented += [(name, option) for option in re.findall(r"`(-[a-z-]+)", row)]
    assert len(documented) > 30
    assert [(name, option) for name, option in documented if name is None or option not in options[name]] == []


def test_no_documented_setting_is_missing() -> None:
    of_commands = {KEY_VARIABLE, "KHABAR_MODEL_CACHE", SECRET_VARIABLE}
    known = {f"KHABAR_{name.upper()}" for name in Settings.model_fields} | of_commands
    named = {name for path in PAGES for name in re.findall(r"KHABAR_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert named == known


def test_no_documented_command_is_missing() -> None:
    documented = set(re.findall(r"^## `(khabar[a-z ]*[a-z])", page("commands.md"), flags=re.MULTILINE))
    assert documented == {name for name, _ in COMMANDS}


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    variable = f"KHABAR_{name.upper()}"
    assert f"| `{variable}` |" in page("commands.md")
    assert f"{variable}: " in (Settings.__doc__ or "")


SERVICE = create_app(Settings(store=Path("no-store")))
OPENAPI = SERVICE.openapi()
_ID = re.compile(r"\{\w+_id(:path)?\}")
SCHEMAS = OPENAPI["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {_ID.sub('{id}', path)}": operation
    for path, operations in OPENAPI["paths"].items()
    for method, operation in operations.items()
}


def http_sections(heading: str) -> list[str]:
    """Return the sections of http.md that have `heading` in their title."""
    sections = re.split(r"^## ", page("http.md"), flags=re.MULTILINE)
    return [section for section in sections if heading in section.splitlines()[0]]


def schemas_in(described: Any) -> set[str]:
    """Return the names of the schemas that a part of an OpenAPI document refers to, at any depth."""
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    return names.union(*(schemas_in(SCHEMAS[name]) for name in names))


def test_every_route_has_one_section() -> None:
    routes = {
        f"{method} {_ID.sub('{id}', context.path or '')}"
        for context in iter_route_contexts(SERVICE.routes)
        for method in context.methods or ()
        if method != "HEAD" and not str(context.path).startswith(("/docs", "/openapi.json"))
    }
    assert set(OPERATIONS) < routes
    documented = re.findall(r"`([A-Z]+ /[^`]*)`", " ".join(re.findall(r"^## .*", page("http.md"), re.MULTILINE)))
    assert sorted(documented) == sorted(routes)


@pytest.mark.parametrize("route", OPERATIONS)
def test_every_parameter_is_in_the_table_of_its_route(route: str) -> None:
    """Parameters of a path are in the title of the section."""
    operation = OPERATIONS[route]
    names = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    for name in schemas_in(operation.get("requestBody")):
        names |= set(SCHEMAS[name].get("properties", ()))
    (section,) = http_sections(f"`{route}`")
    rows = [row for row in section.splitlines() if row.startswith("| `")]
    if "requestBody" not in operation:
        rows = [row for row in rows if "POST only" not in row]
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])} == names


def example(section: str) -> Any:
    (block,) = re.findall(r"^```json\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    return json.loads(block)


def has_fields_of(shown: Any, schema: dict[str, Any]) -> bool:
    """Tell which of several schemas a shown object is an example of."""
    fields = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]].get("properties", ()) if "$ref" in schema else ()
    return isinstance(shown, dict) and set(shown) == set(fields)


ONLY_WITHOUT_SHARDS = {"complete", "missing_share"}
"""Fields of an answer that only one without some shards has; they have a section of their own."""


def assert_has_all_fields(shown: Any, schema: dict[str, Any]) -> None:
    """Check that an example has exactly the fields of a schema, at every depth."""
    if "anyOf" in schema:  # a field that may be null
        options = [option for option in schema["anyOf"] if option.get("type") != "null"]
        schema = next((option for option in options if has_fields_of(shown, option)), options[0])
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[1]]
    if "properties" in schema:
        assert set(schema["properties"]) - set(shown) in (set(), ONLY_WITHOUT_SHARDS)
        assert set(shown) <= set(schema["properties"])
        for name, value in shown.items():
            assert_has_all_fields(value, schema["properties"][name])
    elif schema.get("type") == "array":
        assert shown, "an empty list shows nothing"
        for value in shown:
            assert_has_all_fields(value, schema["items"])
    elif isinstance(schema.get("additionalProperties"), dict):
        assert shown, "an empty object shows nothing"
        for value in shown.values():
            assert_has_all_fields(value, schema["additionalProperties"])


def answer_of(route: str) -> dict[str, Any]:
    """Return the description of the answer to a request that succeeds."""
    (status,) = (status for status in OPERATIONS[route]["responses"] if status.startswith("2"))
    answer: dict[str, Any] = OPERATIONS[route]["responses"][status]
    return answer


@pytest.mark.parametrize("route", [route for route in OPERATIONS if "content" in answer_of(route)])
def test_the_example_of_a_route_has_every_field_of_its_response(route: str) -> None:
    (section,) = http_sections(f"`{route}`")
    assert_has_all_fields(example(section), answer_of(route)["content"]["application/json"]["schema"])


def test_answers_without_some_shards_are_documented() -> None:
    section = page("http.md").split("### Answers without some shards", 1)[1].split("\n## ", 1)[0]
    assert all(f'"{name}":' in section for name in ONLY_WITHOUT_SHARDS)
    assert set(SCHEMAS["SearchResponse"]["properties"]) > ONLY_WITHOUT_SHARDS


def test_the_example_of_an_error_has_every_field() -> None:
    (section,) = http_sections("Errors")
    assert_has_all_fields(example(section), SCHEMAS["Problem"])


def test_every_field_of_the_build_report_is_documented() -> None:
    section = page("store.md").split("## The report of a build", 1)[1].split("\n## ", 1)[0]
    rows = [row.split("|")[1] for row in section.splitlines() if row.startswith("| `")]
    documented = re.findall(r"`([^`]+)`", " ".join(rows))
    assert documented == [field.name for field in dataclasses.fields(BuildReport)]
    for part in (RejectReason, RepeatedLine, DuplicateCounts, Stage):
        assert {field.name for field in dataclasses.fields(part)} <= set(re.findall(r"`([^`]+)`", section)), part


def test_every_input_format_and_suffix_is_documented() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \| (`\..*?) \|", page("articles.md"), flags=re.MULTILINE)
    documented = {name: set(re.findall(r"`(\.[a-z]+)`", suffixes)) for name, suffixes in rows}
    assert set(documented) == set(FORMAT_NAMES)
    for one in FORMATS:
        assert set(one.suffixes) == documented[one.name], one.name
        assert f"`{one.name}`" in page("commands.md"), one.name


def test_every_dependency_is_explained() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    extras = [*project["optional-dependencies"].values(), *pyproject["dependency-groups"].values()]
    declared = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {Requirement(line).name for line in declared} - {"khabar"}
    of_npm = json.loads((ROOT / "tests/search_api/web/package.json").read_text(encoding="utf-8"))
    names |= set(of_npm["devDependencies"])
    assert names == set(re.findall(r"^- `([^`]+)`", page("dependencies.md"), flags=re.MULTILINE))


def test_every_pinned_version_is_exact_and_torch_is_the_agreed_one() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert all([part.operator for part in pin.specifier] == ["=="] for pin in pins)
    assert "torch==2.13.0" in lines


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as hosts of code make them."""
    titles = re.findall(r"^#+ (.*)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere() -> None:
    links = [
        (path, target)
        for path in PAGES
        for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert len(links) > 50
    for path, target in links:
        name, _, anchor = target.partition("#")
        page_of_link = path.parent / name if name else path
        assert page_of_link.exists(), f"{path.name}: {target}"
        assert not anchor or anchor in anchors(page_of_link), f"{path.name}: {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, new = set(), {ROOT / "README.md"}
    while new:
        reached |= new
        targets = {
            (path.parent / target.partition("#")[0]).resolve()
            for path in new
            for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8"))
        }
        new = {target for target in targets if target in set(PAGES)} - reached
    assert set(PAGES) - reached == set()


def test_make_targets_in_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = {
        target
        for path in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert {"demo", "test", "check"} <= named <= targets
