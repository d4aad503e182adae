"""The peers' own virtual environment: their dependencies never meet khabar's."""

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.latency.closed_loop import LoadError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
SHOWN = ("txtai", "chromadb", "sentence-transformers", "torch", "faiss-cpu", "uvicorn")
_STAMP = ".requirements.sha256"


def python_of(folder: Path) -> Path:
    """Return the interpreter of a complete environment, made or completed now where it is not.

    Raises:
        LoadError: the packages cannot be installed.
    """
    python, stamp = folder.absolute() / "bin" / "python", folder / _STAMP
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return python
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "-r", str(REQUIREMENTS)]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        if subprocess.run(command, check=False).returncode:  # noqa: S603
            raise LoadError(f"the peers' environment in {folder} cannot be made: {' '.join(command)} failed")
    stamp.write_text(wanted, encoding="ascii")  # last: an interrupted install is repeated
    return python


def pinned(names: tuple[str, ...] = SHOWN) -> dict[str, str]:
    """Return the pinned versions of packages, by name."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==", 1) for line in lines if "==" in line)
    return {name: pins[name] for name in names}
