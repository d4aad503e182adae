"""`khabar mcp` over standard input and output and over HTTP, asked by the client of the SDK."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from indexer.store.takedown import record_takedowns
from search_api.app import create_app
from search_api.client import AsyncClient
from search_api.mcp_server.run import http_app
from search_api.settings import Settings
from tests.conftest import ARTICLES, ROOT, make_article
from tests.fakes import publish_fake_store
from tests.search_api.mcp_server.connections import Connected, connected, http_server, over_stdio
from tests.service_process import free_port, service_in_thread, wait_until

TOOLS = {"search_news", "what_is_new", "similar_articles", "get_article"}


@pytest.fixture(scope="module", params=["stdio", "http"])
def server(request: pytest.FixtureRequest, fake_store: Path) -> Iterator[Connected]:
    """Return a client of a server over ARTICLES, by either transport."""
    if request.param == "stdio":
        with over_stdio("--store", str(fake_store)) as client:
            yield client
    else:
        with http_server("--store", str(fake_store)) as address, connected(address) as client:
            yield client


def ids(result: Any) -> list[str]:
    return [item["article"]["id"] for item in result["items"]]


def test_tools_say_what_they_take(server: Connected) -> None:
    tools = server.tools()
    assert set(tools) == TOOLS
    for tool in tools.values():
        assert tool.annotations.read_only_hint
        assert tool.description
        assert tool.input_schema["additionalProperties"] is False
        for name, schema in tool.input_schema["properties"].items():
            assert schema.get("description"), (tool.name, name)
        assert tool.output_schema["properties"]
    assert tools["search_news"].input_schema["required"] == ["query"]
    assert "en" in tools["search_news"].input_schema["properties"]["languages"]["description"]


def test_every_tool_is_documented_with_its_arguments_and_results(server: Connected) -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    shown = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)]
    for name, tool in server.tools().items():
        (row,) = re.findall(rf"^\| `{name}` \|.*", page, flags=re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row.rpartition(" | ")[2])) - {"7d"} == set(tool.input_schema["properties"])
        assert any(set(result) == set(tool.output_schema["properties"]) for result in shown)


def test_the_server_says_how_to_use_it(server: Connected) -> None:
    info = server.client.server_info
    assert info is not None
    assert info.name == "khabar"
    assert "Cite title, source, date and url" in (server.client.instructions or "")


@pytest.mark.parametrize("query", ["earthquake morocco", "زلزال المغرب"])
def test_search_finds_across_languages_and_cites(server: Connected, query: str) -> None:
    result = server.call("search_news", query=query, limit=1)
    (item,) = result["items"]
    assert item["article"] == {
        "id": "ar-quake",
        "title": None,
        "language": "ar",
        "source": "الضفة",
        "url": "https://example.org/ar-quake",
        "published_at": "2023-09-08T22:11:00Z",
    }
    assert item["paragraph"].startswith("زلزال قوي")
    assert (item["paragraph_language"], result["next_offset"]) == ("ar", 1)
    assert result["archive_built_at"] == "2026-01-02T03:04:05Z"


def test_the_text_is_the_same_result_and_readable(server: Connected) -> None:
    text = server.text("search_news", query="معاهدة", limit=2)
    assert "معاهدة معاهدة بين روسيا" in text  # not \u0645...
    assert json.loads(text) == server.call("search_news", query="معاهدة", limit=2)


def test_filters_and_pages(server: Connected) -> None:
    english = server.call("search_news", query="قناة", languages=["en"], sources=["-Harbour Post"])
    assert ids(english) == ["en-undated/with slash"]
    dated = server.call("search_news", query="canal", published_from="2023-01-01", published_to="2023-12-31")
    assert set(ids(dated)) == {"en-moon", "ar-quake"}
    first = server.call("search_news", query="canal", limit=3)
    second = server.call("search_news", query="canal", limit=3, offset=first["next_offset"])
    assert len({*ids(first), *ids(second)}) == len(ARTICLES)
    assert second["next_offset"] is None


def test_what_is_new_has_the_newest_first_in_all_languages(server: Connected) -> None:
    result = server.call("what_is_new", subject="قناة", since="9999w")
    assert ids(result) == ["ar-treaty", "en-canal"]


def test_what_is_new_says_when_there_is_nothing_new(server: Connected) -> None:
    result = server.call("what_is_new", subject="canal", since="1h")
    assert result["items"] == []
    assert "No article passes these filters." in result["notes"]
    assert any("2024-05-14" in note for note in result["notes"])  # the latest article of the archive


def test_what_is_not_in_the_archive_is_said(server: Connected) -> None:
    result = server.call("similar_articles", article_id="en-moon", limit=2)
    assert "en-moon" not in ids(result)
    assert result["confident"] is False
    assert any("may have nothing about this" in note for note in result["notes"])


def test_articles_are_read(server: Connected) -> None:
    article = server.call("get_article", article_id="en-undated/with slash")
    assert article["article"]["title"] == "Election"
    assert [one["position"] for one in article["paragraphs"]] == [1]
    rest = server.call("get_article", article_id="en-canal", first_paragraph=2)
    assert [one["position"] for one in rest["paragraphs"]] == [2, 3]
    assert rest["next_paragraph"] is None


def test_the_id_of_a_paragraph_leads_to_its_article(server: Connected) -> None:
    told = server.failure("get_article", article_id="en-moon:b97551cc8f50")
    assert "this is the id of a paragraph, and its article is 'en-moon'" in told


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_article", {"article_id": "لا شيء"}, "no article 'لا شيء' in this index. Ids come from search_news"),
        ("similar_articles", {"article_id": "none"}, "Ids come from search_news"),
        ("search_news", {"query": "canal", "since": "soon"}, "Correct the arguments: since: 'soon' is not a number"),
        ("search_news", {"query": "?"}, "Correct the arguments: query: holds nothing to search for"),
        ("search_news", {"query": "canal", "languages": ["klingon?"]}, "Correct the arguments: languages: "),
        ("search_news", {"query": "canal", "limit": 500}, "limit: input should be less than or equal to 20."),
        (
            "search_news",
            {"query": "canal", "sort": "best", "limit": 0},
            "Correct the arguments: sort: input should be 'relevance', 'newest' or 'oldest'; limit: input should be",
        ),
        (
            "get_article",
            {"article_id": "en-moon", "paragraph": 2},
            "Correct the arguments: paragraph: is not known; did you mean first_paragraph? "
            "The arguments of get_article are article_id, first_paragraph.",
        ),
        (
            "search_news",
            {"query": "canal", "مصدر": "en"},
            "مصدر: is not known. The arguments of search_news are query, ",
        ),
        (
            "what_is_new",
            {},
            "subject: field required. The arguments of what_is_new are subject, since, languages, limit, offset.",
        ),
        ("what_is_new", {"subject": "؟"}, "Correct the arguments: subject: holds nothing to search for"),
        ("what_is_new", {"subject": "canal", "since": "soon"}, "Correct the arguments: since: 'soon' is not a number"),
    ],
)
def test_errors_say_what_to_do(server: Connected, tool: str, arguments: dict[str, Any], told: str) -> None:
    failure = server.failure(tool, **arguments)
    assert told in failure
    assert "pydantic" not in failure
    assert "\n" not in failure


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("what_is_new", {"subject": "canal"}),
        ("similar_articles", {"article_id": "en-canal"}),
        ("search_news", {"query": "canal"}),
    ],
)
def test_notes_speak_of_the_arguments_of_the_tool(server: Connected, tool: str, arguments: dict[str, Any]) -> None:
    notes = server.call(tool, **arguments, since="1h", languages=["en", "tlh"])["notes"]
    assert "since: the latest article is of 2024-05-14" in notes
    assert "languages: no paragraph is in 'tlh'" in notes
    assert not any("published_from" in note for note in notes)


def test_no_description_speaks_of_an_argument_that_the_tool_lacks(server: Connected) -> None:
    tools = server.tools()
    names = {name for tool in tools.values() for name in tool.input_schema["properties"]}
    for tool in tools.values():
        own = tool.input_schema["properties"]
        told = " ".join(schema["description"] for schema in own.values())
        assert not {name for name in names - set(own) if "_" in name and name in told}, tool.name


def test_takedowns_and_new_versions_are_followed(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES, version="v1")
    with over_stdio("--store", str(tmp_path)) as client:
        record_takedowns(StoreLayout(tmp_path), ["en-canal"], "takedown", "a test")
        wait_until(lambda: "en-canal" not in ids(client.call("search_news", query="canal")), "it is still shown")
        assert "no article" in client.failure("get_article", article_id="en-canal")
        publish_fake_store(tmp_path, [*ARTICLES, make_article("en-new", "en", "Dredging.")], version="v2")
        wait_until(lambda: "en-new" in ids(client.call("search_news", query="Dredging.")), "it is not found")


def test_a_store_with_keys_is_open_to_whom_can_read_it(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    create_key(StoreLayout(tmp_path), "somebody", [Scope.SEARCH], None)
    with over_stdio("--store", str(tmp_path)) as client:
        assert ids(client.call("search_news", query="moon", limit=1)) == ["en-moon"]


def test_a_running_service_is_asked_with_a_key(tmp_path: Path) -> None:
    publish_fake_store(tmp_path / "store", ARTICLES)
    key, _ = create_key(StoreLayout(tmp_path / "store"), "models", [Scope.SEARCH], None)
    (tmp_path / "key").write_text(f"{key}\n", encoding="utf-8")
    with service_in_thread(create_app(Settings(store=tmp_path / "store"))) as port:
        url = ("--url", f"http://127.0.0.1:{port}")
        with over_stdio(*url, "--key-file", str(tmp_path / "key")) as client:
            assert ids(client.call("search_news", query="زلزال المغرب", limit=1)) == ["ar-quake"]
        with over_stdio(*url, env={"KHABAR_KEY": key}) as client:
            assert ids(client.call("similar_articles", article_id="en-canal", limit=1)) != []
        with over_stdio(*url) as client:
            assert "refuses the key of this server" in client.failure("search_news", query="canal")


def test_a_service_that_is_not_there_is_said() -> None:
    with over_stdio("--url", f"http://127.0.0.1:{free_port()}") as client:
        assert client.tools().keys() == TOOLS
        assert "The archive cannot be asked: no answer from http://127.0.0.1" in client.failure(
            "search_news", query="canal"
        )


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPTED = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "https://stranger.example"}, 403),
        ({"Host": "stranger.example"}, 400),
        ({"Host": "printer"}, 421),  # the service takes names without a dot; the SDK knows this machine's alone
        ({"Content-Type": "text/plain"}, 400),
    ],
)
def test_pages_of_strangers_are_refused(fake_store: Path, headers: dict[str, str], status: int) -> None:
    app = http_app_over(fake_store)
    with TestClient(app, base_url="http://127.0.0.1:8001") as client:
        assert client.post("/mcp", json=INITIALIZE, headers={**ACCEPTED, **headers}).status_code == status


def http_app_over(store: Path, **settings: Any) -> Any:
    """Return the application; no tool is called, so that nothing is asked."""
    return http_app(AsyncClient("http://localhost"), Settings(store=store, **settings), has_keys=True)


@pytest.mark.parametrize(("allowed", "status"), [("mcp.news.example", 200), ("*", 200), ("other.example", 400)])
def test_a_name_of_the_server_may_be_allowed(fake_store: Path, allowed: str, status: int) -> None:
    app = http_app_over(fake_store, allowed_hosts=allowed)
    with TestClient(app, base_url="http://mcp.news.example") as client:
        assert client.post("/mcp", json=INITIALIZE, headers=ACCEPTED).status_code == status


def test_an_address_that_others_reach_may_be_called_by_any_address(fake_store: Path) -> None:
    app = http_app_over(fake_store, host="0.0.0.0")  # noqa: S104
    with TestClient(app, base_url="http://192.0.2.7:8001") as client:
        assert client.post("/mcp", json=INITIALIZE, headers=ACCEPTED).status_code == 200


def test_requests_need_a_key_of_the_store(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    store = StoreLayout(tmp_path)
    key, _ = create_key(store, "models", [Scope.SEARCH], "2/minute")
    other, _ = create_key(store, "operator", [Scope.OPERATE], None)
    with TestClient(http_app_over(tmp_path), base_url="http://127.0.0.1:8001") as client:

        def status(sent: str | None) -> int:
            headers = ACCEPTED if sent is None else {**ACCEPTED, "Authorization": f"Bearer {sent}"}
            return client.post("/mcp", json=INITIALIZE, headers=headers).status_code

        assert (status(None), status("wrong"), status(other)) == (401, 401, 403)
        assert [status(key) for _ in range(3)] == [200, 200, 429]
        assert client.post("/elsewhere", headers={"Authorization": f"Bearer {other}"}).status_code == 404


def test_nothing_but_post_is_answered(fake_store: Path) -> None:
    with TestClient(http_app_over(fake_store), base_url="http://127.0.0.1:8001") as client:
        for method in ("GET", "DELETE", "PUT"):
            answer = client.request(method, "/mcp", headers=ACCEPTED)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
            assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_has_the_headers_that_keep_it_from_doing_harm(fake_store: Path) -> None:
    with TestClient(http_app_over(fake_store), base_url="http://127.0.0.1:8001") as client:
        answers = [
            client.post("/mcp", json=INITIALIZE, headers=ACCEPTED),
            client.post("/mcp", json=INITIALIZE, headers={**ACCEPTED, "Host": "stranger.example"}),
            client.get("/mcp", headers=ACCEPTED),
        ]
    assert [answer.status_code for answer in answers] == [200, 400, 405]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
