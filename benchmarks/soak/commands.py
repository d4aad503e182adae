"""The command line as an operator uses it, in processes of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "search_api", "index")


def khabar(store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `khabar index` on a store and wait for it."""
    command = [*COMMAND, *arguments, "--store", str(store)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def built(store: Path, source: Path) -> dict[str, Any]:
    """Build a store and return what the build says of itself.

    Raises:
        RuntimeError: the build failed.
    """
    done = khabar(store, "build", str(source), "--json", "--max-shrink", "100%")
    if done.returncode:
        raise RuntimeError(f"a build that nobody disturbed failed: {done.stderr.strip()}")
    content: dict[str, Any] = json.loads(done.stdout)
    return content
