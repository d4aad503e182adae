"""What a reader needs to judge a run and to repeat it: command, versions, commit, machine."""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from indexer.snapshot.index.vector_index import usable_cores

PACKAGES = ("khabar", "faiss-cpu", "onnxruntime", "numpy", "uvicorn", "fastapi")


def description(module: str, packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return what every run records about itself: command, commit, versions and machine."""
    return {"command": command(module), "commit": commit(), "versions": versions(packages), "machine": machine()}


def command(module: str, arguments: Sequence[str] | None = None) -> str:
    """Return the command that runs `module`, by default with the arguments of this process."""
    arguments = sys.argv[1:] if arguments is None else arguments
    return " ".join([f"python -m {module}", *map(without_folders, arguments)])


def without_folders(argument: str) -> str:
    """Return an argument; of an absolute path only the last part, because the rest holds on one machine only."""
    return Path(argument).name if argument.startswith("/") else argument


def commit() -> str:
    """Return the short hash of the commit that the running code is from, or "unknown"."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words
    return done.stdout.strip() or "unknown"


def machine() -> dict[str, Any]:
    """Return processor, number of cores that this process may use, memory, kernel and Python."""
    return {
        "cpu": cpu_model(Path("/proc/cpuinfo")),
        "cores": usable_cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def cpu_model(cpuinfo: Path) -> str:
    """Return the processor's name as the kernel reports it, or "unknown"."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of installed packages by name."""
    installed = {}
    for name in packages:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            installed[name] = "not installed"
    return installed
