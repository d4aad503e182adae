"""The files with hashes say the same as constraints.txt, and what is installed has licences that are allowed."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

FILES = {"requirements-serve.txt": "khabar", "requirements-build.txt": "khabar[bundled]"}
OF_TORCH = "torch"
ALLOWED_LICENCES = "## Licences that are allowed"

# Names of licences in the metadata of packages that do not name theirs as SPDX does.
SPDX_OF = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "MIT License": "MIT",
    "ISC License": "ISC",
    "The BSD 2-Clause License": "BSD-2-Clause",
    "FreeBSD and LGPLv3+": "BSD-2-Clause OR LGPL-3.0-or-later",  # the licence file gives the choice
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: Apache Software License": "Apache-2.0",
    "OSI Approved :: BSD License": "BSD-3-Clause",
}


def lines_of(name: str) -> dict[str, str]:
    """Return the lines of a file of requirements by the name of their package, each with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {canonicalize_name(re.split(r"[=\s\[]", line)[0]): line for line in lines}


def pinned(line: str) -> Requirement:
    return Requirement(line.split("--hash")[0].strip())


def closure(root: str) -> Iterator[Distribution]:
    """Yield what is installed of all that a requirement needs, itself included."""
    waiting, known = [Requirement(root)], set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in known:
            continue
        known.add(key)
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:  # what a build of torch for GPUs needs is not there with another build
            continue
        yield found
        for line in found.requires or ():
            needed = Requirement(line)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)


@pytest.mark.parametrize("name", FILES)
def test_hashed_versions_are_the_pinned_ones(name: str) -> None:
    """A package that is not pinned is for a Python that the pins were not made on."""
    pins = lines_of("constraints.txt")
    for package, line in lines_of(name).items():
        requirement = pinned(line)
        if package in pins:
            assert str(requirement.specifier) == str(pinned(pins[package]).specifier), package
        else:
            assert requirement.marker is not None, f"{package}: make constraints, then make hashes"
            assert not requirement.marker.evaluate(), package


@pytest.mark.parametrize("name", FILES)
def test_every_line_has_hashes_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for package, line in lines_of(name).items():
        hashes = re.findall(r"--hash=(\S+)", line)
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), package
    assert "://" not in text
    assert "index" not in re.sub(r"--hash=\S+", "", text)


@pytest.mark.parametrize(("name", "root"), FILES.items())
def test_the_closure_is_complete(name: str, root: str) -> None:
    """Torch is left out, because the index decides which build of it is taken."""
    needed = {canonicalize_name(found.name) for found in closure(root)} - {"khabar", "setuptools", OF_TORCH}
    assert needed - lines_of(name).keys() == set()


def licence(found: Distribution) -> str:
    """Return the licence of a package as an SPDX expression; what cannot be told is returned as it is."""
    metadata = found.metadata
    classifiers = [line[len("License :: ") :] for line in metadata.get_all("Classifier", []) if "License ::" in line]
    (stated, *_) = [*metadata.get_all("License-Expression", []), *metadata.get_all("License", []), ""]
    for text in (stated, *classifiers):
        try:
            return canonicalize_license_expression(SPDX_OF.get(text, text))
        except InvalidLicenseExpression:
            continue
    return stated or f"{found.name} names no licence"


def allowed_licences() -> set[str]:
    section = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").split(ALLOWED_LICENCES, 1)[1]
    return set(re.findall(r"`([^`]+)`", section.split("\n## ", 1)[0]))


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Return whether one of the alternatives has allowed licences only; no package puts AND around an OR."""
    return any(set(part.strip("() ").split(" AND ")) <= allowed for part in expression.split(" OR "))


@pytest.mark.parametrize("root", FILES.values())
def test_licences_are_allowed(root: str) -> None:
    allowed = allowed_licences()
    assert len(allowed) > 5
    licences = {found.name: licence(found) for found in closure(root)}
    assert len(licences) > 50
    assert {name: one for name, one in licences.items() if not is_allowed(one, allowed)} == {}


def test_an_unknown_licence_is_not_allowed() -> None:
    assert not is_allowed("AGPL-3.0-only", allowed_licences())
    assert not is_allowed("MIT AND AGPL-3.0-only", allowed_licences())
    assert is_allowed("AGPL-3.0-only OR MIT", allowed_licences())
    assert not is_allowed("somebody names no licence", allowed_licences())


def test_tools_of_a_release_are_exact() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert all("==" in line for line in groups["release"])
