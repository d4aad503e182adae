"""The systems that are compared: how each is filled, started and asked."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

from benchmarks.latency.closed_loop import LoadError
from benchmarks.latency.server import Server, free_port, khabar_server, running
from benchmarks.latency.workload import search_path
from benchmarks.peers.rows import Rows

_HERE = Path(__file__).parent
K = 10


class System(Protocol):
    """One system under comparison."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        ...

    def path(self, text: str) -> str:
        """Return the request path of a search for ten hits."""
        ...

    def hits(self, answer: Any) -> list[str]:
        """Return the paragraph ids in an answer, best first."""
        ...

    def serving(self, log: Path) -> Any:
        """Return a context manager that runs its server and yields a `Server`."""
        ...


@dataclass(frozen=True, slots=True)
class Khabar:
    """khabar's own service, its query cache off."""

    store: Path
    name: str = "khabar"

    def path(self, text: str) -> str:
        """Return the path of a search as the search page asks it: ten articles."""
        return search_path(text, k=str(K))

    def hits(self, answer: Any) -> list[str]:
        """Return the paragraph ids of the hits."""
        return [hit["paragraph"]["id"] for hit in answer["hits"]]

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run `khabar serve`."""
        with khabar_server(self.store, workers=1, cache=False, log=log) as server:
            yield server


@dataclass(frozen=True, slots=True)
class Txtai:
    """txtai's own API over its own index."""

    python: Path
    folder: Path
    model: Path
    name: str = "txtai"

    def fill(self, rows: Rows) -> None:
        """Index the rows, unless that has been done."""
        if not self._index.is_dir():
            _run([str(self.python), str(_HERE / "txtai_index.py"), str(rows.folder), str(self.model)], self._index)

    def path(self, text: str) -> str:
        """Return the path of a search for ten paragraphs."""
        return search_path(text, "/search", "query", limit=str(K))

    def hits(self, answer: Any) -> list[str]:
        """Return the ids of the hits."""
        return [hit["id"] for hit in answer]

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run txtai's API with uvicorn."""
        config = self.folder / "txtai.yml"
        config.write_text(
            f"path: {json.dumps(str(self._index))}\nwritable: false\nembeddings: {{}}\n", encoding="utf-8"
        )
        port = free_port()
        command = [str(self.python), "-m", "uvicorn", "txtai.api:app", "--port", str(port), "--log-level", "warning"]
        environment = {"CONFIG": str(config), "HF_HUB_OFFLINE": "1"}
        with running(command, port, "/count", log=log, environment=environment) as server:
            yield server

    @property
    def _index(self) -> Path:
        return self.folder / "txtai"


@dataclass(frozen=True, slots=True)
class Chroma:
    """An embedded Chroma collection behind a thin front that encodes queries."""

    python: Path
    folder: Path
    model: Path
    name: str = "chroma"

    def fill(self, rows: Rows) -> None:
        """Index the rows, unless that has been done."""
        if not self._index.is_dir():
            _run([str(self.python), str(_HERE / "chroma_front.py"), "index", str(rows.folder)], self._index)

    def path(self, text: str) -> str:
        """Return the path of a search for ten paragraphs."""
        return search_path(text, "/search", "query", limit=str(K))

    def hits(self, answer: Any) -> list[str]:
        """Return the ids of the hits."""
        return [hit["id"] for hit in answer]

    @contextmanager
    def serving(self, log: Path) -> Iterator[Server]:
        """Run the front."""
        port = free_port()
        command = [str(self.python), str(_HERE / "chroma_front.py"), "serve", str(self._index), str(self.model)]
        environment = {"HF_HUB_OFFLINE": "1"}
        with running([*command, str(port)], port, "/ready", log=log, environment=environment) as server:
            yield server

    @property
    def _index(self) -> Path:
        return self.folder / "chroma"


def ask(server: Server, system: System, text: str) -> list[str]:
    """Return the paragraph ids that a system finds, best first."""
    with urlopen(server.url + system.path(text), timeout=60) as response:  # noqa: S310  # our own server
        return system.hits(json.load(response))


def _run(command: Sequence[str], out: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command that writes the folder `out`, its last argument; it is there only when complete.

    Raises:
        LoadError: the command fails.
    """
    partial = out.with_name(f"{out.name}.partial-{os.getpid()}")
    done = subprocess.run(  # noqa: S603
        [*command, str(partial)], env=os.environ | dict(environment or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LoadError(f"{Path(command[1]).name} failed: {done.stderr.strip()[-800:]}")
    partial.rename(out)
