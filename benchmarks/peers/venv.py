"""The peers' virtual environment, separate from khabar's because their dependencies differ."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.errors import BenchmarkError

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_PACKAGES = {"txtai": ("txtai", "faiss-cpu"), "chroma": ("chromadb",)}
_COMMON_PACKAGES = ("sentence-transformers", "torch", "uvicorn")
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


def installed_versions(python: Path, peers: Sequence[str]) -> dict[str, str]:
    """Return the versions of the packages that matter for some peers, as they are installed for an interpreter."""
    names = [*(name for peer in peers for name in _PACKAGES[peer]), *_COMMON_PACKAGES]
    script = "import json, sys; from importlib.metadata import version; "
    script += "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    done = subprocess.run([str(python), "-c", script, *names], check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, str] = json.loads(done.stdout)
    return found
