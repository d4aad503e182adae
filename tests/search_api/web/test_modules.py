"""The modules of the pages: types, rules and form are checked with Node where it is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from search_api.web.page import WEB

HERE = Path(__file__).parent

MOST_BYTES = 100 * 1024


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the checkers, as `package-lock.json` names them, and the modules."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine: the modules of the pages are not checked")
    folder = tmp_path_factory.mktemp("tools")
    for name in ("package.json", "package-lock.json", "tsconfig.json", "biome.json"):
        shutil.copy(HERE / name, folder)
    installed = subprocess.run(
        [npm, "ci", "--prefer-offline", "--no-audit"], cwd=folder, capture_output=True, text=True
    )
    if installed.returncode:
        pytest.skip(f"npm cannot install the checkers of the pages: {installed.stderr[-200:]}")
    shutil.copytree(WEB, folder / "static")
    return folder


@pytest.mark.parametrize(
    "command",
    [("tsc", "--project", "."), ("biome", "check", "--error-on-warnings", "static")],
    ids=["types", "rules and form"],
)
def test_modules_are_sound(tools: Path, command: tuple[str, ...]) -> None:
    checker, *arguments = command
    done = subprocess.run(
        [tools / "node_modules" / ".bin" / checker, *arguments], cwd=tools, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pages_are_light() -> None:
    assert sum(path.stat().st_size for path in WEB.iterdir()) < MOST_BYTES
