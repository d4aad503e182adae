"""The systems under comparison: how each is filled, started and queried."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.request import urlopen

from benchmarks.harness.errors import BenchmarkError
from benchmarks.load.server import Server, free_port, khabar_server, run_server
from benchmarks.load.workload import search_path
from benchmarks.peers.rows import ExportedRows

Answer = Any
"""The JSON of an answer; each system has its own form."""

K = 10
"""Number of hits in every search."""

_HERE = Path(__file__).parent


class System(Protocol):
    """One system under comparison."""

    @property
    def name(self) -> str:
        """Name in reports."""

    def path(self, text: str) -> str:
        """Return the request path of a search for ten hits."""

    def hits(self, answer: Answer) -> list[str]:
        """Return the paragraph ids in an answer, best first."""

    def serving(self, log: Path) -> AbstractContextManager[Server]:
        """Run its server during a block; its output goes to `log`."""


@dataclass(frozen=True, slots=True)
class Khabar:
    """khabar's own service with its query cache off, in `workers` processes."""

    store: Path
    workers: int = 1
    name: str = "khabar"

    def path(self, text: str) -> str:
        """Return the path of a search for ten articles, as the search page sends it."""
        return search_path(text, k=str(K))

    def hits(self, answer: Answer) -> list[str]:
        """Return the paragraph ids of the hits."""
        return [hit["paragraph"]["id"] for hit in answer["hits"]]

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run `khabar serve`."""
        with khabar_server(self.store, workers=self.workers, cache=False, log=log) as server:
            yield server


@dataclass(frozen=True)
class _Peer:
    """A system with an index of its own, which one of its scripts writes in the peers' environment."""

    python: Path
    folder: Path
    model: Path
    workers: int = 1
    name: ClassVar[str]

    def path(self, text: str) -> str:
        """Return the path of a search for ten paragraphs."""
        return search_path(text, "/search", "query", limit=str(K))

    def hits(self, answer: Answer) -> list[str]:
        """Return the ids of the hits."""
        return [hit["id"] for hit in answer]

    @property
    def _index(self) -> Path:
        return self.folder / self.name

    def _run_script(self, script: str, *arguments: str) -> None:
        """Run a script that writes the index, unless the index exists."""
        if not self._index.is_dir():
            _run([str(self.python), str(_HERE / script), *arguments], self._index)


@dataclass(frozen=True)
class Txtai(_Peer):
    """txtai's own API on its own index."""

    name: ClassVar[str] = "txtai"

    def fill(self, rows: ExportedRows) -> None:
        """Index the rows, unless the index exists."""
        self._run_script("txtai_index.py", str(rows.folder), str(self.model))

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run txtai's API with uvicorn."""
        config = self.folder / "txtai.yml"
        config.write_text(
            f"path: {json.dumps(str(self._index))}\nwritable: false\nembeddings: {{}}\n", encoding="utf-8"
        )
        port = free_port()
        uvicorn = [str(self.python), "-m", "uvicorn", "txtai.api:app", "--workers", str(self.workers)]
        command = [*uvicorn, "--port", str(port), "--log-level", "warning"]
        environment = {"CONFIG": str(config), "HF_HUB_OFFLINE": "1"}
        with run_server(command, port, "/count", log=log, environment=environment) as server:
            yield server


@dataclass(frozen=True)
class Chroma(_Peer):
    """An embedded Chroma collection behind a thin front that encodes queries."""

    name: ClassVar[str] = "chroma"

    def fill(self, rows: ExportedRows) -> None:
        """Index the rows, unless the index exists."""
        self._run_script("chroma_front.py", "index", str(rows.folder))

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run the front."""
        port = free_port()
        command = [str(self.python), str(_HERE / "chroma_front.py"), "serve", str(self._index), str(self.model)]
        environment = {"HF_HUB_OFFLINE": "1"}
        with run_server([*command, str(port)], port, "/ready", log=log, environment=environment) as server:
            yield server


def search_ids(server: Server, system: System, text: str) -> list[str]:
    """Return the paragraph ids that a system finds, best first."""
    with urlopen(server.url + system.path(text), timeout=60) as response:  # noqa: S310  # our own server
        return system.hits(json.load(response))


def _run(command: Sequence[str], out: Path) -> None:
    """Run a command that writes a folder, its last argument; `out` exists only once it is complete.

    Raises:
        BenchmarkError: the command fails.
    """
    partial = out.with_name(f"{out.name}.partial-{os.getpid()}")
    done = subprocess.run([*command, str(partial)], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BenchmarkError(f"{Path(command[1]).name} failed: {done.stderr.strip()[-800:]}")
    partial.rename(out)
