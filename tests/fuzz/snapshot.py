"""Coverage-guided fuzzing of everything that opens a version, started by hand.

    pip install 'khabar[fuzz]'
    python -m tests.fuzz.snapshot -max_total_time=600 some-corpus-folder/

The options are libFuzzer's. An input says which file of a small store is damaged and how (`damage.py`); everything but
a snapshot and a `KhabarError` is a crash, and libFuzzer keeps its input.
"""

import logging
import sys
import tempfile
from pathlib import Path

import atheris
import pytest

with atheris.instrument_imports(include=["indexer.snapshot"]):
    from indexer.snapshot.encoder import open as opening
    from tests.conftest import fake_entry_points
    from tests.fuzz.damage import DamagedStore


def main() -> None:
    """Run the command."""
    logging.disable(logging.CRITICAL)
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory) as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "entry_points", fake_entry_points)
        store = DamagedStore(Path(folder))
        atheris.Setup(sys.argv, store.read_damaged)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
