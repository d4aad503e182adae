"""The peers' virtual environment, separate from khabar's because their dependencies differ."""

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.harness.errors import BenchmarkError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
REPORTED = ("txtai", "chromadb", "sentence-transformers", "torch", "faiss-cpu", "uvicorn")
_STAMP = ".requirements.sha256"


def peer_python(folder: Path) -> Path:
    """Return the interpreter of the environment, which is created or completed if necessary.

    Raises:
        BenchmarkError: the packages cannot be installed.
    """
    python, stamp = folder.absolute() / "bin" / "python", folder / _STAMP
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return python
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "-r", str(REQUIREMENTS)]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        if subprocess.run(command, check=False).returncode:  # noqa: S603
            raise BenchmarkError(f"the peers' environment in {folder} cannot be created: {' '.join(command)} failed")
    stamp.write_text(wanted, encoding="ascii")  # written last, so that an interrupted installation is repeated
    return python


def pinned_versions(names: tuple[str, ...] = REPORTED) -> dict[str, str]:
    """Return the pinned versions of packages, by name."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==", 1) for line in lines if "==" in line)
    return {name: pins[name] for name in names}
