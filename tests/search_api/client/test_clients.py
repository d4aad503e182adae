"""Both clients against a live service over ARTICLES."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexer.alerts.run import run_alerts
from indexer.snapshot.index.facets import Facet, FacetValue
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Mode
from search_api.app import create_app
from search_api.client import (
    AsyncClient,
    Client,
    NotFound,
    Problem,
    SavedSearch,
    ServiceError,
    ServiceUnreachable,
    VersionChanged,
)
from search_api.schemas.search import SearchResponse
from search_api.settings import Settings
from tests.conftest import ARTICLES, make_article
from tests.fakes import publish_fake_store
from tests.search_api.client.asking import Asks, asks
from tests.service_process import service_in_thread


def ids(answer: SearchResponse) -> list[str]:
    return [hit.article.id for hit in answer.hits]


@pytest.mark.parametrize("query", ["treaty", "معاهدة"])
def test_search_gives_the_types_of_the_service(ask: Asks, query: str) -> None:
    answer = ask("search", query, k=2, highlight=True, facets=["language", "source"])
    assert isinstance(answer, SearchResponse)
    assert isinstance(answer.hits[0], Hit)
    assert ids(answer)[0] == "ar-treaty"
    assert answer.hits[0].article.title == "معاهدة"
    assert answer.hits[0].highlights
    assert answer.facets[Facet.SOURCE] == (FacetValue("الضفة", 1),)
    assert (answer.index.version, len(answer.hits)) == ("v1", 2)


def test_answers_are_those_of_the_interface(ask: Asks, address: str) -> None:
    got = httpx.get(f"{address}/v1/search", params={"q": "canal", "paragraphs": 2}).json()
    answer = ask("search", "canal", paragraphs=2)
    assert [hit.paragraph.text for hit in answer.hits] == [hit["paragraph"]["text"] for hit in got["hits"]]
    assert [len(hit.paragraphs) for hit in answer.hits] == [len(hit["paragraphs"]) for hit in got["hits"]]


def test_filters_are_sent(ask: Asks) -> None:
    assert ids(ask("search", "moon", source=["-Harbour Post"], language="en")) == ["en-undated/with slash"]
    assert set(ids(ask("search", "قناة", source=["الضفة", "Nobody, Ever"]))) == {"ar-treaty", "ar-quake"}


def test_search_like_takes_texts_of_any_length(ask: Asks) -> None:
    text = "زلزال قوي ضرب المغرب ليلا. " + "كلمة " * 50_000
    assert len(text.encode()) > 64 * 1024
    assert ids(ask("search_like", text, k=1)) == ["ar-quake"]


def test_similar_articles_and_ids_with_slashes(ask: Asks) -> None:
    assert "en-undated/with slash" not in ids(ask("similar", "en-undated/with slash"))
    assert ask("similar", "en-undated/with slash", k=1).query.text == "Election"


def test_article(ask: Asks) -> None:
    article = ask("article", "en-undated/with slash")
    assert (article.id, article.title, len(article.paragraphs)) == ("en-undated/with slash", "Election", 1)


@pytest.mark.parametrize("article_id", ["no such", "..", ".", "a/../b", "%2F", "لا شيء", "similar", "?k=1"])
def test_an_unknown_article_is_not_found_whatever_its_id_is(ask: Asks, article_id: str) -> None:
    with pytest.raises(NotFound) as caught:
        ask("article", article_id)
    assert caught.value.detail == f"article_id: no article {article_id!r} in this index"
    with pytest.raises(NotFound):
        ask("similar", article_id)


def test_facets(ask: Asks) -> None:
    assert ask("facets", "source", "harb").values == (FacetValue("Harbour Post", 2),)
    assert len(ask("facets", "month", k=2).values) == 2
    with pytest.raises(NotFound):
        ask("facets", "no/field")


def test_index(ask: Asks) -> None:
    index = ask("index")
    assert (index.version, index.counts.articles) == ("v1", len(ARTICLES))
    assert index.index["ar"].kind == "exact"


def test_errors_have_what_the_problem_document_has(ask: Asks) -> None:
    with pytest.raises(ServiceError) as caught:
        ask("search", "canal", k=0, sort="oldest", half_life_days=3)
    error = caught.value
    assert (error.status, error.title) == (422, "Unprocessable Entity")
    assert {problem.field for problem in error.errors} == {"k", "half_life_days"}
    assert "k: " in error.detail
    assert error.request_id
    assert str(error).startswith("422 Unprocessable Entity: ")


def test_an_option_that_does_not_exist_is_refused_by_the_service(ask: Asks) -> None:
    with pytest.raises(ServiceError, match="langauge"):
        ask("search", "canal", langauge="en")


def test_pages_end_with_the_last_hit(ask: Asks) -> None:
    pages = ask("pages", "canal", k=2, group="none")
    assert [len(page.hits) for page in pages] == [2, 2, 2, 2]  # 8 paragraphs: no empty page at the end
    ranks = [hit.rank for page in pages for hit in page.hits]
    assert ranks == list(range(1, 9))
    assert [hit.rank for hit in ask("hits", "canal", k=3, group="none")] == ranks
    assert [hit.rank for hit in ask("hits", "canal", offset=6, group="none")] == [7, 8]
    assert len(ask("hits", like="The canal was closed.", k=2)) == len(ARTICLES)
    assert len(ask("hits", "canal", highlight=True)) == len(ARTICLES)  # in pages of 20


def test_a_search_without_hits_has_one_page(ask: Asks) -> None:
    (page,) = ask("pages", "canal", language="fr")
    assert page.hits == ()


def test_a_batch_has_answers_and_problems_in_order(ask: Asks) -> None:
    searches = [
        {"q": "معاهدة", "k": 1},
        {"q": " "},
        {"like": "Insurers argue about canal tolls.", "k": 1, "source": ["Harbour Post"]},
        {"q": "canal", "index_version": "v0"},
    ]
    treaty, wrong, canal, gone = ask("search_batch", searches)
    assert (ids(treaty), ids(canal)) == (["ar-treaty"], ["en-canal"])
    assert isinstance(wrong, Problem)
    assert [problem.field for problem in wrong.errors or ()] == ["q"]
    assert (wrong.status, gone.status) == (422, 409)
    with pytest.raises(ServiceError, match="searches"):
        ask("search_batch", [])


@pytest.mark.parametrize("target", [{"q": "قناة"}, {"like": "The canal was closed."}, {"similar_to": "en-canal"}])
def test_an_export_has_the_hits_of_the_pages(ask: Asks, target: dict[str, str]) -> None:
    exported = ask("export", **target, group="none", language="en,ar", paragraphs=1)
    assert exported == ask("hits", **target, group="none")
    assert len(exported) == (5 if "similar_to" in target else 8)
    assert ask("export", **target, k=2) == exported_articles(ask, target)[:2]


def exported_articles(ask: Asks, target: dict[str, str]) -> list[Hit]:
    hits: list[Hit] = ask("hits", **target)
    return hits


def test_an_export_may_be_a_file(ask: Asks) -> None:
    rows = b"".join(ask("export_file", "csv", "canal", k=3)).decode("utf-8-sig").splitlines()
    assert rows[0].startswith("rank,relevance,")
    assert len(rows) == 4
    feed = b"".join(ask("export_file", "atom", similar_to="en-canal")).decode()
    assert feed.count("<entry>") == len(ARTICLES) - 1


def test_an_export_that_is_refused_raises(ask: Asks) -> None:
    with pytest.raises(ServiceError, match="are only in format=json"):
        ask("export", "canal", facets="source")
    with pytest.raises(NotFound):
        ask("export", similar_to="no such")


def test_lines_of_an_export_end_with_line_feeds_alone(kind: str) -> None:
    """Texts may hold what Unicode calls the end of a line, and parts of an answer may end anywhere."""
    hits = [{**HIT, "paragraph": {**HIT["paragraph"], "text": f"one\u2028two\u0085 {n} ثلاثة"}} for n in (1, 2)]
    content = "".join(json.dumps(hit, ensure_ascii=False) + "\n" for hit in hits).encode()

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Parts(content))

    ask = asks(kind, "http://localhost", transport=httpx.MockTransport(answer))
    try:
        assert [hit.paragraph.text for hit in ask("export", "q")] == [hit["paragraph"]["text"] for hit in hits]
    finally:
        ask.close()


def test_an_export_that_breaks_off_raises(kind: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Parts(json.dumps(HIT).encode() + b"\n", breaks=True))

    ask = asks(kind, "http://localhost", transport=httpx.MockTransport(answer))
    try:
        with pytest.raises(ServiceUnreachable, match="peer closed"):
            ask("export", "q")
    finally:
        ask.close()


HIT: dict[str, Any] = {
    "rank": 1,
    "score": 0.5,
    "relevance": 0.5,
    "article": {"id": "a", "title": None, "language": "ar", "source": None, "url": None, "published_at": None},
    "paragraph": {"id": "a:1", "position": 1, "section": None, "text": "نص", "language": "ar"},
    "duplicate_count": 0,
    "duplicates": [],
    "also_reported": [],
    "matching_paragraphs": 1,
}


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in parts of three bytes, which may break off at its end."""

    def __init__(self, content: bytes, *, breaks: bool = False) -> None:
        self.content = content
        self.breaks = breaks

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), 3):
            yield self.content[start : start + 3]
        if self.breaks:
            raise httpx.RemoteProtocolError("peer closed connection")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


def next_version(store: Path) -> None:
    publish_fake_store(store, [*ARTICLES, make_article("en-new", "en", "A new canal is dug.")], version="v2")


def test_pages_of_two_versions_are_never_mixed(kind: str, tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    app = create_app(Settings(store=tmp_path))
    with service_in_thread(app) as port:
        assert read_and_replace(kind, f"http://127.0.0.1:{port}", app, tmp_path) == ["v1"]


def read_and_replace(kind: str, address: str, app: Any, store: Path) -> list[str]:
    """Read the first page, let the service change its version, and read on."""
    read: list[str] = []

    def replaced(page: SearchResponse) -> None:
        read.append(page.index.version)
        next_version(store)
        holder = app.state.khabar.holder
        while holder.current.manifest.version != "v2":
            pass

    async def read_async() -> None:
        async with AsyncClient(address) as client:
            async for page in client.pages("canal", k=2):
                await asyncio.to_thread(replaced, page)

    def read_sync() -> None:
        with Client(address) as client:
            for page in client.pages("canal", k=2):
                replaced(page)

    with pytest.raises(VersionChanged, match="v1 is not served any more, v2 is"):
        asyncio.run(read_async()) if kind == "async" else read_sync()
    return read


@pytest.mark.parametrize("searches", [["oil"], "نفط", [{"q": "oil"}, None]])
def test_a_search_of_a_batch_that_is_no_dict_is_named(ask: Asks, searches: Any) -> None:
    with pytest.raises(
        TypeError, match=r"each search of a batch is a dict with q or like, such as .* and not ('|None)"
    ):
        ask("search_batch", searches)


def test_wrong_values_given_to_the_client_are_errors_of_python(ask: Asks, kind: str) -> None:
    with pytest.raises(TypeError, match="is no value of a parameter"):
        ask("search", "canal", source={"name": "Post"})
    with pytest.raises(ValueError, match=r"lang\n.*not permitted"):
        SavedSearch.model_validate({"id": "one", "query": "canal", "lang": "ar"})
    with pytest.raises(httpx.InvalidURL):
        asks(kind, "http://host:port")
    with pytest.raises(ServiceError, match=r"^422 Unprocessable Entity: lang: "):
        ask("search", "canal", lang="ar")


def test_alerts_and_their_feed(kind: str, tmp_path: Path) -> None:
    store = StoreLayout(tmp_path)
    publish_fake_store(tmp_path, ARTICLES[:1], version="v1")
    publish_fake_store(tmp_path, ARTICLES, version="v2")
    store.saved_searches.write_text('{"id": "قمر", "query": "قمر", "min_relevance": 0}', encoding="utf-8")
    run_alerts(store, "v1")
    with service_in_thread(create_app(Settings(store=tmp_path))) as port:
        ask = asks(kind, f"http://127.0.0.1:{port}")
        try:
            page = ask("alerts", "قمر", limit=3)
            following = ask("alerts", before=page.next, since=date(2020, 1, 1))
            assert [alert.rank for alert in (*page.alerts, *following.alerts)] == [1, 2, 3, 4]
            assert (page.alerts[0].article.id, following.next) == ("en-moon", None)
            assert ask("alerts", "others").alerts == []
            assert ask("alerts_feed", limit=2).count("<entry>") == 2
            assert ask("alerts_feed", file_format="rss", limit=1).count("<item>") == 1
        finally:
            ask.close()


def test_saved_searches_are_kept(kind: str, tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    with service_in_thread(create_app(Settings(store=tmp_path))) as port:
        ask = asks(kind, f"http://127.0.0.1:{port}")
        try:
            assert ask("saved_searches") == []
            saved = SavedSearch(id="قناة/1", query="قناة", language="en,ar", min_relevance=0)
            assert ask("add_saved_search", saved) == saved
            assert ask("saved_searches") == [saved] == [ask("saved_search", saved.id)]
            assert set(ids(ask("run_saved_search", saved.id))) == {article.id for article in ARTICLES}
            stricter = saved.model_copy(update={"language": None, "source": "الضفة", "mode": Mode.EXACT})
            assert ask("replace_saved_search", stricter) == stricter == ask("saved_search", saved.id)
            assert ids(ask("run_saved_search", saved.id)) == ["ar-treaty"]
            with pytest.raises(ServiceError, match="409 Conflict"):
                ask("add_saved_search", saved)
            assert ask("remove_saved_search", saved.id) is None
            for method in ("saved_search", "remove_saved_search", "run_saved_search"):
                with pytest.raises(NotFound, match="no saved search"):
                    ask(method, saved.id)
            with pytest.raises(NotFound):
                ask("replace_saved_search", saved)
        finally:
            ask.close()


def test_saved_searches_of_a_newer_service_are_read(kind: str) -> None:
    saved = {"id": "a", "query": "قناة", "added": 1}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=saved if request.url.path.endswith("/a") else {"saved_searches": [saved]})

    ask = asks(kind, "http://localhost", transport=httpx.MockTransport(answer))
    try:
        assert ask("saved_searches") == [ask("saved_search", "a")] == [SavedSearch(id="a", query="قناة")]
    finally:
        ask.close()


def test_the_key_is_sent(kind: str, tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    with service_in_thread(create_app(Settings(store=tmp_path, require_keys=True))) as port:
        ask = asks(kind, f"http://127.0.0.1:{port}", key="wrong")
        try:
            with pytest.raises(ServiceError, match="this key is not valid") as caught:
                ask("index")
            assert caught.value.status == 401
        finally:
            ask.close()


def test_an_address_may_have_a_path(kind: str, fake_store: Path) -> None:
    """As behind a proxy that serves khabar below a folder."""
    paths = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path.decode())
        return httpx.Response(404, json={"title": "Not Found", "status": 404, "detail": "none"})

    ask = asks(kind, "https://news.example/khabar/", transport=httpx.MockTransport(answer))
    try:
        with pytest.raises(NotFound):
            ask("article", "a/b c")
    finally:
        ask.close()
    assert paths == ["/khabar/v1/articles/a%2Fb%20c"]


def test_a_service_in_the_same_process_needs_no_port(fake_store: Path) -> None:
    app = create_app(Settings(store=fake_store))

    async def ask() -> list[str]:
        async with (
            app.router.lifespan_context(app),
            AsyncClient("http://localhost", transport=httpx.ASGITransport(app)) as client,
        ):
            return ids(await client.search("earthquake", k=1))

    assert asyncio.run(ask()) == ["ar-quake"]


def public_methods(client: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") and name not in {"close", "aclose"}
    }


def test_both_clients_have_the_same_methods() -> None:
    sync, asynchronous = public_methods(Client), public_methods(AsyncClient)
    assert len(sync) >= 10
    assert {name: list(one.parameters.values()) for name, one in sync.items()} == {
        name: list(one.parameters.values()) for name, one in asynchronous.items()
    }
    assert {name: inspect.getdoc(getattr(Client, name)) for name in sync} == {
        name: inspect.getdoc(getattr(AsyncClient, name)) for name in asynchronous
    }
