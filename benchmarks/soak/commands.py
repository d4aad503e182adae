"""The command line of khabar as an operator uses it, each call in a separate process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "search_api", "index")


def khabar_index(store: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `khabar index` on a store and wait until it ends."""
    command = [*COMMAND, *arguments, "--store", str(store)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def build_store(store: Path, source: Path) -> dict[str, Any]:
    """Build a store and return the JSON document that the build prints.

    Raises:
        RuntimeError: the build failed.
    """
    done = khabar_index(store, "build", str(source), "--json", "--max-shrink", "100%")
    if done.returncode:
        raise RuntimeError(f"an undisturbed build failed: {done.stderr.strip()}")
    content: dict[str, Any] = json.loads(done.stdout)
    return content
