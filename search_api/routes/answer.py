"""One search in a snapshot, and its answer as JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from starlette.exceptions import HTTPException

from indexer.snapshot.python_turn import python_turn
from indexer.snapshot.reader import Snapshot
from indexer.snapshot.search.query import Query
from indexer.snapshot.search.search import TIMED_STAGES, SearchResult, Timing, search
from search_api.access.admission import RETRY_AFTER
from search_api.access.search_price import search_price
from search_api.metrics import SERIALISE
from search_api.schemas.search import SearchResponse
from search_api.state import State


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a search as JSON, with the milliseconds of its stages and the seconds of writing it."""

    content: bytes
    timing_ms: Timing
    serialise_s: float

    @property
    def server_timing(self) -> str:
        """The stages as browsers and proxies read them, in milliseconds (W3C Server Timing)."""
        stages = {name: getattr(self.timing_ms, name) for name in TIMED_STAGES} | {SERIALISE: 1000 * self.serialise_s}
        return ", ".join(f"{name};dur={ms:.3f}" for name, ms in stages.items())


def answer(
    query: Query,
    index_version: str | None,
    snapshot: Snapshot,
    state: State,
    narrow: Callable[[SearchResult], SearchResult] | None = None,
    *,
    require_complete: bool = False,
) -> Answer:
    """Search a snapshot, which must be the version `index_version` if that is given; `narrow` leaves hits out.

    Raises:
        ArticleNotFound, FormatMismatch: as `search` does.
        ClusterError: no shard of the version answers.
        HTTPException: 409 for another version; 503 if a shard does not answer and the answer must be complete.
    """
    refuse_other_version(index_version, snapshot)
    with python_turn():
        result = search(snapshot, query, state.encoder(snapshot))
        if result.missing_share:
            state.metrics.incomplete_answers.inc()
            if require_complete:
                raise HTTPException(
                    503, f"{result.missing_share:.1%} of the paragraphs cannot be searched", RETRY_AFTER
                )
        started = perf_counter()
        if narrow is not None:
            result = narrow(result)
        content = SearchResponse.of(result, snapshot.manifest).to_json()
        serialise_s = perf_counter() - started
    state.metrics.count_search(result.timing_ms, serialise_s)
    return Answer(content, result.timing_ms, serialise_s)


def price_of(query: Query, state: State) -> float:
    """Return what a search will cost in the version that is served, in the unit of `SMALL_PRICE`."""
    snapshot = state.holder.current
    return search_price(query, has_static_encoder=snapshot is not None and snapshot.encoders.sentences is not None)


def refuse_other_version(index_version: str | None, snapshot: Snapshot) -> None:
    """Answer 409 to a later page of a version that is no longer served: hits would repeat or be missing."""
    version = snapshot.manifest.version
    if index_version is not None and index_version != version:
        raise HTTPException(
            409, f"index_version: {index_version} is not served any more, {version} is; begin again with its first page"
        )
