"""Embedding passages on a Ray cluster: an encoder on each GPU, or one on each node where there are none.

The texts are sent from here in chunks, and come back as vectors in the order in which they are ready; two chunks are
with an encoder at a time, so that none waits. Whatever ends an encoder costs the chunks that are with it, which another
one gets, or the same when Ray has started it again. Chunks are those of the engine without Ray, so vectors are too.
"""

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from indexer.embedding.embed import EncodeChunks
from indexer.encoders.build_encoders import LazyPassageEncoder
from indexer.encoders.models import Prompts, find_model
from indexer.reporting.counted import counted
from indexer.reporting.progress import Reporter
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import BuildError, ModelError, UsageError
from indexer.snapshot.ray_cluster import connect_ray

_CHUNKS_AT_A_TIME = 2
_LOOK_EVERY_S = 0.5
_REST_S = 2.0
"""An encoder that has just ended is not asked again for so long."""

_PATIENCE_S = 300.0
"""A cluster on which nothing has been embedded for so long, and nothing is, is given up; what is embedded is kept."""


@dataclass(frozen=True, slots=True)
class SharedModel:
    """A model as every node finds it: by the name or folder that a build was given, None for the bundled one.

    Its weights must have the same fingerprint there. `precision` is "fp32" or "bf16", whatever suits the node best.
    """

    name: str | None
    prompts: Prompts
    fingerprint: str
    precision: str


class _Encoder:
    """A model on one node."""

    def __init__(self, model: SharedModel, threads: int | None) -> None:
        import torch

        from indexer.encoders.reference_encoder import SentenceTransformersEncoder

        if threads is not None:
            torch.set_num_threads(threads)
        source = find_model(model.name, query_prompt=model.prompts.query, passage_prompt=model.prompts.passage)
        if source.fingerprint != model.fingerprint:
            raise ModelError(f"a node has another {source.name} ({source.fingerprint}) than this one")
        self._encoder = SentenceTransformersEncoder.load(source, precision=model.precision)

    def start(self) -> None:
        """Do nothing: the model is loaded."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return vectors of shape (n_texts, dim), float32, unit norm."""
        return self._encoder.encode_passages(texts)


@dataclass(frozen=True, slots=True)
class RayCluster:
    """A cluster by its address, such as "auto" or "head:6379"; None is one on this machine, for one build."""

    address: str | None = None


@contextmanager
def on_cluster(
    cluster: RayCluster, model_name: str | None, reporter: Reporter, encoder: LazyPassageEncoder
) -> Iterator[EncodeChunks]:
    """Start encoders on a cluster for the time of a block; `model_name` is what the build was given.

    Raises:
        UsageError: Ray is not installed, there is no cluster at the address, or it has no room for any encoder.
    """
    source, precision = encoder.source, encoder.load().description.precision
    model = SharedModel(model_name, source.prompts, source.fingerprint, precision)
    # Ray prints what nodes report to standard output, which is for the result of the build.
    with redirect_stdout(sys.stderr):
        ray = connect_ray(cluster.address)
        try:
            encoders = _start_encoders(ray, model)
            if not encoders:
                raise UsageError("no node of the Ray cluster has a processor or a GPU for an encoder")
            reporter.print_line(f"embedding on {counted(len(encoders), 'Ray actor')}, {encoders[0].kind}")
            yield _Dispatcher(ray, encoders).encode_chunks
        finally:
            ray.shutdown()


@dataclass(frozen=True, slots=True)
class _Chunk:
    place: int
    texts: Sequence[str]


@dataclass(slots=True, eq=False)
class _RemoteEncoder:
    """An encoder on the cluster, the number of chunks that are with it, and until when it is not asked."""

    actor: Any
    kind: str
    is_started: bool = False
    n_chunks: int = 0
    resting_until: float = 0.0

    @property
    def is_free(self) -> bool:
        return self.is_started and self.n_chunks < _CHUNKS_AT_A_TIME and not self.is_resting

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self.resting_until


def _start_encoders(ray: Any, model: SharedModel) -> list[_RemoteEncoder]:
    """Ask for an encoder on each GPU, or on all processors of each node where the cluster has no GPU."""
    # Ray starts an encoder again that has ended; what was with it is sent again from here.
    encoder = ray.remote(max_restarts=-1, max_task_retries=0)(_Encoder)
    n_gpus = int(ray.cluster_resources().get("GPU", 0))
    if n_gpus:
        on_gpu = encoder.options(num_gpus=1, num_cpus=1)
        return [_RemoteEncoder(on_gpu.remote(model, None), "one on each GPU") for _ in range(n_gpus)]
    cores = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    return [
        _RemoteEncoder(encoder.options(num_cpus=n).remote(model, n), "one on each node")
        for n in cores
        if n  # a node may be there for other work
    ]


class _Dispatcher:
    """Sends chunks to encoders, and those again that an encoder has lost."""

    def __init__(self, ray: Any, encoders: Sequence[_RemoteEncoder]) -> None:
        self._ray = ray
        self._encoders = list(encoders)
        self._asked: dict[Any, tuple[_RemoteEncoder, _Chunk | None]] = {}
        self._lost: deque[_Chunk] = deque()
        self._last_sign_at = time.monotonic()
        self._last_fault = "no node has room for an encoder"

    def encode_chunks(self, chunks: Iterable[Sequence[str]]) -> Iterator[tuple[int, FloatArray]]:
        """Yield the place of each chunk and its vectors, in the order in which they are ready.

        Raises:
            ModelError: no node can load the model.
            BuildError: an encoder cannot encode a text, or the cluster does nothing any more.
        """
        further = (_Chunk(place, texts) for place, texts in enumerate(chunks))
        while True:
            self._start_those_that_have_not()
            self._hand_out(further)
            if not self._lost and not any(chunk for _, chunk in self._asked.values()) and self._has_free_encoder:
                return  # a free encoder would have got what is left
            yield from self._collect()
            if any(encoder.is_started and encoder.n_chunks for encoder in self._encoders):
                self._last_sign_at = time.monotonic()  # a large model may take minutes for a chunk
            if time.monotonic() - self._last_sign_at > _PATIENCE_S:
                raise BuildError(f"the Ray cluster has done nothing for {_PATIENCE_S:.0f} s: {self._last_fault}")

    @property
    def _has_free_encoder(self) -> bool:
        return any(encoder.is_free for encoder in self._encoders)

    def _start_those_that_have_not(self) -> None:
        starting = {id(encoder) for encoder, chunk in self._asked.values() if chunk is None}
        for encoder in self._encoders:
            if not encoder.is_started and id(encoder) not in starting and not encoder.is_resting:
                self._asked[encoder.actor.start.remote()] = (encoder, None)

    def _hand_out(self, further: Iterator[_Chunk]) -> None:
        for encoder in self._encoders:
            while encoder.is_free:
                chunk = self._lost.popleft() if self._lost else next(further, None)
                if chunk is None:
                    return
                self._asked[encoder.actor.encode.remote(chunk.texts)] = (encoder, chunk)
                encoder.n_chunks += 1

    def _collect(self) -> Iterator[tuple[int, FloatArray]]:
        """Wait for what is ready next, and yield the vectors in it."""
        if not self._asked:
            time.sleep(_LOOK_EVERY_S)
            return
        ready, _ = self._ray.wait(list(self._asked), timeout=_LOOK_EVERY_S)
        for answer in ready:
            encoder, chunk = self._asked.pop(answer)
            encoder.n_chunks -= chunk is not None
            vectors = self._result(answer, encoder, chunk)
            if chunk is None or vectors is None:
                continue
            yield chunk.place, vectors

    def _result(self, answer: Any, encoder: _RemoteEncoder, chunk: _Chunk | None) -> FloatArray | None:
        """Return the vectors of a chunk; None if an encoder has started, or has lost the chunk."""
        faults = self._ray.exceptions
        try:
            vectors: FloatArray | None = self._ray.get(answer)
        except faults.ActorDiedError as error:  # it could not even be made
            raise ModelError(f"a node of the Ray cluster cannot load the model: {_last_line(error)}") from error
        except faults.RayTaskError as error:
            raise BuildError(f"a node of the Ray cluster cannot encode a text: {_last_line(error)}") from error
        except faults.RayError as error:
            self._last_fault = _last_line(error)
            encoder.is_started, encoder.resting_until = False, time.monotonic() + _REST_S
            if chunk is not None:
                self._lost.append(chunk)
            return None
        if chunk is None:
            encoder.is_started = True
        return vectors


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]
