"""The command line as a person meets it: output, exit status, no traceback."""

import csv
import errno
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import ArticleNotFound, ListenError, SnapshotDamaged, StoreError, UsageError
from indexer.snapshot.layout import StoreLayout
from search_api import cli
from tests.conftest import ARTICLES, ROOT
from tests.fakes import publish_fake_store

runner = CliRunner()


def khabar(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KHABAR_")}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "search_api", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd or ROOT, env=environment)


def test_search_prints_json_alone(fake_store: Path) -> None:
    done = runner.invoke(cli.app, ["search", "معاهدة", "-k", "2", "--store", str(fake_store), "--json"])
    body = json.loads(done.stdout)
    assert body["hits"][0]["article"]["id"] == "ar-treaty"
    assert len(body["hits"]) == 2
    assert body["query"] == {"text": "معاهدة", "language": "ar"}
    assert "معاهدة" in done.stdout


def test_search_keeps_to_a_language(fake_store: Path) -> None:
    done = runner.invoke(cli.app, ["search", "canal", "--language", "ar", "--store", str(fake_store), "--json"])
    assert {hit["article"]["language"] for hit in json.loads(done.stdout)["hits"]} == {"ar"}


def test_search_takes_the_filters_of_a_request(fake_store: Path) -> None:
    def hits(*options: str) -> list[str]:
        done = runner.invoke(cli.app, ["search", "canal", *options, "--store", str(fake_store), "--json"])
        return [hit["article"]["id"] for hit in json.loads(done.stdout)["hits"]]

    every = hits()
    assert hits("--offset", "1") == every[1:]
    assert hits("--source", "Harbour Post") == ["en-canal", "en-moon"]
    assert hits("--published-from", "2024-05-01", "--published-to", "2024-12-31") == ["ar-treaty"]
    assert hits("--query-language", "ar")
    with pytest.raises(UsageError, match="--published-from: 'soon' is not an ISO 8601 date"):
        runner.invoke(cli.app, ["search", "canal", "--published-from", "soon"], catch_exceptions=False)


def test_search_and_similar_take_the_same_options(fake_store: Path, tmp_path: Path) -> None:
    def hits(*arguments: str, text: str | None = None) -> list[str]:
        done = runner.invoke(cli.app, [*arguments, "--store", str(fake_store), "--json"], input=text)
        assert done.exit_code == 0, done.output
        return [hit["article"]["id"] for hit in json.loads(done.stdout)["hits"]]

    by_date = ["ar-treaty", "ar-quake", "en-moon", "en-canal", "en-undated/with slash"]
    assert hits("search", "unheardof", "--sort", "newest") == by_date
    assert hits("search", "canal", "--sort", "newest") == ["ar-treaty", "en-canal"]
    assert hits("similar", "ar-treaty", "--sort", "newest", "-k", "2") == by_date[1:3]
    assert hits("similar", "en-canal", "--language", "ar", "--sort", "oldest", "--offset", "1") == ["ar-treaty"]
    assert hits("similar", "ar-quake", "--source", "Harbour Post", "--sort", "blend", "--half-life-days", "2")
    (tmp_path / "draft.txt").write_text("The moon is far. " * 9_000, encoding="utf-8")
    assert hits("search", "--like", str(tmp_path / "draft.txt"))[0] == "en-moon"
    assert hits("search", "--like", "-", text="زلزال في المغرب")[0] == "ar-quake"


def test_paragraphs_and_highlights_are_in_json_and_in_the_table(fake_store: Path) -> None:
    options = ["search", "canal", "--paragraphs", "2", "--highlight", "-k", "1", "--store", str(fake_store)]
    (hit,) = json.loads(runner.invoke(cli.app, [*options, "--json"]).stdout)["hits"]
    assert len(hit["paragraphs"]) == 2
    assert hit["highlights"][0]["kind"] == "sentence"
    assert hit["paragraphs"][1]["text"][:20] in runner.invoke(cli.app, options).stdout
    plain = json.loads(runner.invoke(cli.app, ["search", "canal", "--store", str(fake_store), "--json"]).stdout)
    assert not {"paragraphs", "highlights"} & set(plain["hits"][0])


@pytest.mark.parametrize("command", [("search", "قناة canal"), ("similar", "en-canal")])
def test_hits_in_other_formats_are_those_of_json(fake_store: Path, command: tuple[str, str]) -> None:
    def output(*options: str) -> bytes:
        done = runner.invoke(cli.app, [*command, *options, "--store", str(fake_store), "--group", "none"])
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    hits = json.loads(output("--json"))["hits"]
    assert json.loads(output("--format", "json"))["hits"] == hits
    assert [json.loads(line) for line in output("--format", "jsonl", "-k", "10000").splitlines()] == hits
    rows = csv.DictReader(io.StringIO(output("--format", "csv").decode("utf-8-sig"), newline=""))
    assert [row["paragraph_id"] for row in rows] == [hit["paragraph"]["id"] for hit in hits]
    for shown in ("markdown", "rss", "atom"):
        assert all((hit["article"]["title"] or "زلزال") in output("--format", shown).decode() for hit in hits)


def test_warnings_stay_out_of_exports(fake_store: Path) -> None:
    command = ["search", "canal", "--language", "fr", "--format", "jsonl", "--store", str(fake_store)]
    done = runner.invoke(cli.app, command)
    assert (done.stdout, done.stderr) == ("", "language: no paragraph is in 'fr'\n")


def test_an_article_is_printed_with_its_headings(fake_store: Path) -> None:
    shown = runner.invoke(cli.app, ["article", "ar-treaty", "--store", str(fake_store)]).stdout
    first, *others = [line.strip("\u2068\u2069 ") for line in shown.splitlines() if line.strip()]
    assert first == "معاهدة"
    assert others[:2] == ["الضفة\u2069 | 2024-05-14 | ar", "https://example.org/ar-treaty"]
    assert others[3] == "ما بعد التوقيع"
    body = json.loads(runner.invoke(cli.app, ["article", "ar-treaty", "--json", "--store", str(fake_store)]).stdout)
    assert body["paragraphs"][1]["section"] == "ما بعد التوقيع"
    with pytest.raises(ArticleNotFound, match="no article 'nobody' in this index"):
        runner.invoke(cli.app, ["article", "nobody", "--store", str(fake_store)], catch_exceptions=False)


def test_the_id_of_a_paragraph_leads_to_its_article(fake_store: Path) -> None:
    found = runner.invoke(cli.app, ["search", "معاهدة", "-k", "1", "--json", "--store", str(fake_store)])
    paragraph = json.loads(found.stdout)["hits"][0]["paragraph"]["id"]
    for command in ("article", "similar"):
        with pytest.raises(ArticleNotFound, match="this is the id of a paragraph, and its article is 'ar-treaty'"):
            runner.invoke(cli.app, [command, paragraph, "--store", str(fake_store)], catch_exceptions=False)


def test_a_reader_that_has_enough_is_no_error(fake_store: Path) -> None:
    with_fake_encoder = "import tests.serve_fake; from search_api.cli import main; main()"
    search = ["search", "canal", "--format", "csv", "--store", str(fake_store)]
    command = [sys.executable, "-c", with_fake_encoder, *search]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ("search", "canal", "-k", "101"),
            UsageError,
            "-k: input should be less than or equal to 100 without --format jsonl or csv",
        ),
        (("search", "canal", "-k", "101", "--format", "markdown"), UsageError, "-k: input should be less than"),
        (
            ("search", "canal", "--facets", "source", "--format", "csv"),
            UsageError,
            "--facets: are only in --format json",
        ),
        (("search",), UsageError, "QUERY: field required, or like instead"),
        (("search", "canal", "--like", str(ROOT / "README.md")), UsageError, "QUERY: give q or like, not both"),
        (("search", "canal", "--half-life-days", "3"), UsageError, "--half-life-days: needs --sort blend"),
        (("similar", "ar-treaty", "--paragraphs", "21"), UsageError, "--paragraphs: input should be less than"),
        (
            ("search", "canal", "--since", "7d", "--published-from", "2024-01-01"),
            UsageError,
            "--since: is given together with --published-from",
        ),
        (("similar", "nobody"), ArticleNotFound, "no article 'nobody' in this index"),
    ],
)
def test_wrong_options_of_searches_are_named(
    fake_store: Path, arguments: tuple[str, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        runner.invoke(cli.app, [*arguments, "--store", str(fake_store)], catch_exceptions=False)


def test_version_is_printed() -> None:
    assert re.fullmatch(r"khabar \d+\.\d+\.\d+\n", runner.invoke(cli.app, ["--version"]).stdout)


def test_search_prints_a_table(fake_store: Path) -> None:
    done = runner.invoke(cli.app, ["search", "canal", "--store", str(fake_store)])
    assert "Canal open again" in done.stdout
    assert "Harbour Post" in done.stdout


def test_taken_port_is_named(fake_store: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(ListenError, match=f"port {port} of 127.0.0.1: another program uses it; --port and"):
            runner.invoke(cli.app, ["serve", "--store", str(fake_store), "--port", port], catch_exceptions=False)
    signal.signal(signal.SIGTERM, before)


def test_address_of_another_machine_is_named(fake_store: Path) -> None:
    serve = ["serve", "--store", str(fake_store), "--host", "192.0.2.1", "--insecure"]
    with pytest.raises(ListenError, match=r"port 8000 of 192\.0\.2\.1"):  # an address for documentation (RFC 5737)
        runner.invoke(cli.app, serve, catch_exceptions=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "news.example"])  # noqa: S104
def test_an_address_that_others_reach_needs_keys(fake_store: Path, host: str) -> None:
    with pytest.raises(ListenError, match=r"this store has no keys: khabar keys new makes one, and --insecure"):
        runner.invoke(cli.app, ["serve", "--store", str(fake_store), "--host", host], catch_exceptions=False)


@pytest.mark.slow  # a process each
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("search", "x", "--store", "nowhere"), 1, "khabar: no published index in nowhere: build one with"),
        (("search", " "), 2, "khabar: QUERY: string should have at least 1 character"),
        (("search", "x" * 1001), 2, "khabar: QUERY: string should have at most 1000 characters"),
        (("search", "x", "-k", "0"), 2, "khabar: -k: input should be greater than or equal to 1"),
        (("search", "x", "--language", "klingon"), 2, "khabar: --language: 'klingon' is not a language tag"),
        (("serve", "--store", "nowhere"), 1, "khabar: no published index in nowhere"),
        (("serve", "--port", "99999"), 2, "khabar: --port or KHABAR_PORT: input should be less than or equal to 65535"),
        (("index", "build", "x.jsonl", "--memory-budget", "lots"), 2, "khabar: --memory-budget: 'lots' is not a size"),
        (("index", "status", "--store", "nowhere"), 1, "khabar: no published index in nowhere"),
        (("index", "verify", "--store", "nowhere"), 1, "khabar: no published index in nowhere"),
    ],
)
def test_expected_failures_are_one_line(arguments: tuple[str, ...], status: int, message: str, tmp_path: Path) -> None:
    done = khabar(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("search",), ("index", "build"), ("serve", "--workers", "0"), ("frobnicate",)])
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    done = khabar(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("search", "canal", "--format", "excel"), "'--format': 'excel' is not one of"),
        (("facets", "year"), "'field': 'year' is not one of"),
        (("index", "build", "x", "--context", "all"), "'--context': 'all' is not one of"),
    ],
)
def test_a_value_that_is_none_of_the_allowed_ones_is_named(arguments: tuple[str, ...], wrong: str) -> None:
    done = runner.invoke(cli.app, arguments)
    assert done.exit_code == 2
    assert wrong in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.slow
def test_build_errors_are_one_line(tmp_path: Path, tiny_model: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "bad.jsonl").write_text("{\n", encoding="utf-8")
    (tmp_path / "page.docx").touch()
    common = ("--store", tmp_path / "store", "--model", tiny_model)
    for source, status, message in (
        ("absent.jsonl", 1, "absent.jsonl does not exist"),
        ("empty.jsonl", 1, "no article in"),
        ("bad.jsonl", 1, "all 1 were rejected, the first one at"),
        ("page.docx", 2, "is not a kind of file that khabar reads"),
    ):
        done = khabar("index", "build", tmp_path / source, *common)
        assert (done.returncode, done.stdout) == (status, ""), done.stderr
        assert message in done.stderr
        assert done.stderr.splitlines()[-1].startswith("khabar: ")
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_build_status_and_verify_go_together(tmp_path: Path, tiny_model: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": "a", "text": "One article about a storm at sea."}\n{"id": 7}\n', encoding="utf-8")
    store = ("--store", tmp_path / "store")
    built = khabar("index", "build", source, *store, "--model", tiny_model, "--json")
    body = json.loads(built.stdout)
    assert (body["current"]["counts"]["articles"], body["embedded"]) == (1, 1)
    assert (body["stages"][0]["name"], body["stages"][-1]["name"]) == ("reading", "publishing")
    version = body["current"]["version"]
    status = khabar("index", "status", *store)
    assert version in status.stdout
    assert "1 article, 1 paragraph (en 1), 1 record rejected" in status.stdout
    assert json.loads(khabar("index", "status", *store, "--json").stdout)["versions"] == [version]
    assert khabar("index", "verify", *store).stdout == f"{version}: 17 files match their checksums\n"
    assert json.loads(khabar("index", "verify", version, *store, "--json").stdout)["ok"] is True
    index = tmp_path / "store" / "versions" / version / "index" / "en" / "vectors.faiss"
    index.write_bytes(index.read_bytes()[:-1])
    for command in (("index", "verify"), ("serve",), ("search", "storm")):
        done = khabar(*command, *store)
        assert done.returncode == 1
        assert re.fullmatch(r"khabar: \S+/index/en/vectors\.faiss is damaged: .*\n", done.stderr)


def test_locked_store_exits_3(tmp_path: Path, tiny_model: Path) -> None:
    from indexer.snapshot.layout import StoreLayout
    from indexer.store.staging import build_lock

    source = tmp_path / "in.txt"
    source.write_text("Title\nText of the only article.\n", encoding="utf-8")
    with build_lock(StoreLayout(tmp_path / "store")):
        done = khabar("index", "build", source, "--store", tmp_path / "store", "--model", tiny_model)
    assert done.returncode == 3
    assert "another build is running" in done.stderr


@pytest.fixture
def nights(tmp_path: Path) -> Path:
    """Return a store of three versions."""
    for n in (1, 2, 3):
        publish_fake_store(tmp_path / "nights", ARTICLES[: n + 1], version=f"v{n}")
    return tmp_path / "nights"


def index(store: Path, *arguments: str, exit_code: int = 0) -> Any:
    """Run `khabar index ... --json` and return its document."""
    done = runner.invoke(cli.app, ["index", *arguments, "--store", str(store), "--json"])
    assert done.exit_code == exit_code, done.output
    return json.loads(done.stdout)


def test_versions_are_compared_rolled_back_and_pruned(nights: Path) -> None:
    assert index(nights, "diff", "v1") == {
        "old": "v1",
        "new": "v3",
        "added": ["ar-quake", "en-moon"],
        "changed": [],
        "removed": [],
    }
    assert index(nights, "rollback") == {"version": "v2", "before": "v3"}
    assert index(nights, "rollback", "v3")["version"] == "v3"
    assert index(nights, "prune", "--keep", "2")["removed"] == ["v1"]
    assert index(nights, "status")["versions"] == ["v2", "v3"]


def test_copies_of_an_article_are_named_or_taken_down_with_it(tmp_path: Path) -> None:
    text = " ".join(f"word{number}" for number in range(200))
    same = [Article(id=name, language="en", blocks=(text,)) for name in ("wire", "paper-b", "paper-a")]
    publish_fake_store(tmp_path, [*same, *ARTICLES])
    done = index(tmp_path, "takedown", "wire")
    assert (done["copies"], done["unknown"]) == (["paper-a", "paper-b"], [])
    shown = runner.invoke(cli.app, ["index", "takedown", "wire", "--store", str(tmp_path)])
    assert "near-duplicates that stay findable (--with-copies takes them down too): paper-a, paper-b" in shown.stderr
    done = index(tmp_path, "takedown", "wire", "--with-copies")
    assert [entry["article_id"] for entry in done["recorded"]] == ["wire", "paper-a", "paper-b"]
    assert done["copies"] == []
    assert index(tmp_path, "takedown", "en-moon")["copies"] == []
    assert index(tmp_path, "takedown", "to-come", "--future")["unknown"] == ["to-come"]


def test_a_lost_log_of_takedowns_is_accepted_by_hand(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES)
    index(tmp_path, "takedown", "en-moon")
    StoreLayout(tmp_path).takedowns.unlink()
    done = runner.invoke(cli.app, ["index", "takedowns", "--store", str(tmp_path)])
    assert isinstance(done.exception, SnapshotDamaged)
    assert "articles that were taken down may be missing in the log" in str(done.exception)
    assert index(tmp_path, "takedowns", "--accept") == {"takedowns": []}
    assert index(tmp_path, "status")["taken_down"] == 0


def test_takedowns_are_recorded_counted_and_undone(nights: Path) -> None:
    done = index(nights, "takedown", "en-moon", "nobody", "--reason", "court order", exit_code=1)
    assert done["unknown"] == ["nobody"]
    assert [entry["reason"] for entry in done["recorded"]] == ["court order", "court order"]
    assert index(nights, "status")["taken_down"] == 2
    index(nights, "takedown", "nobody", "--undo")
    assert index(nights, "status")["taken_down"] == 1
    shown = runner.invoke(cli.app, ["index", "takedown", "x", "--store", str(nights)])
    assert (shown.exit_code, shown.stdout) == (1, "taken down: x, which the published version does not have\n")
    index(nights, "takedown", "--url", f"https://example.org/{ARTICLES[0].id}")
    listed = index(nights, "takedowns")["takedowns"]
    assert [entry["article_id"] for entry in listed] == ["en-moon", "x", ARTICLES[0].id]
    shown = runner.invoke(cli.app, ["index", "takedowns", "--store", str(nights)])
    assert "Z en-moon (court order)\n" in shown.stdout


def test_words_for_people_say_the_same(nights: Path) -> None:
    for arguments, expected in (
        (["diff", "v1", "v2"], "+ en-moon\n"),
        (["rollback"], "published v2, built 2026-01-02T03:04:05Z; before, v3 was published\n"),
        (["prune", "--keep", "1"], "removed 1 versions, 0 encoders and 0 cached vectors\n"),
    ):
        done = runner.invoke(cli.app, ["index", *arguments, "--store", str(nights)])
        assert done.exit_code == 0
        assert expected in done.stdout


def test_alerts_are_written_where_the_command_says(nights: Path) -> None:
    (nights / "saved_searches.jsonl").write_text('{"id": "moon", "query": "moon", "min_relevance": 0}', "utf-8")
    publish_fake_store(nights, ARTICLES, version="v4")
    publish_fake_store(nights, ARTICLES[:2], version="v0")
    index(nights, "rollback", "v4")
    done = index(nights, "alerts", "--since", "v0")
    assert done["alerts"][0]["article"]["id"] == "en-moon"
    assert Path(done["feed"]).is_file()
    again = index(nights, "alerts")
    assert (again["since"], again["alerts"]) == ("v4", [])


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["build", "x", "--max-shrink", "a lot"], "--max-shrink: 'a lot' is not a share"),
        (["build", "x", "--max-change", "120%"], "--max-change: '120%' is not between"),
        (["build", "x", "--max-shrink", "50"], "--max-shrink: '50' is not between 0% and 100%; write 50% for"),
        (["build", "x", "--map", "title=a,text=b,title=c"], "--map: title has two names, a and c; it can have one"),
        (["build", "x", "--min-recall", "-1"], "--min-recall: '-1' is not between"),
        (["takedown"], "name articles by their ids, or by --url"),
    ],
)
def test_wrong_usage_is_named(arguments: list[str], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        runner.invoke(cli.app, ["index", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("arguments", [["prune"], ["prune", "--keep", "0"], ["diff"]])
def test_missing_or_wrong_arguments_exit_2(nights: Path, arguments: list[str]) -> None:
    assert runner.invoke(cli.app, ["index", *arguments, "--store", str(nights)]).exit_code == 2


def test_a_full_disk_ends_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "store/.CURRENT.draft")

    monkeypatch.setattr("indexer.store.prune.prune", full)
    monkeypatch.setattr(sys, "argv", ["khabar", "index", "prune", "--keep", "1", "--store", "store"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "khabar: store/.CURRENT.draft: No space left on device\n"


def test_a_purge_says_what_it_removed(tmp_path: Path) -> None:
    publish_fake_store(tmp_path, ARTICLES, version="v1")
    index(tmp_path, "takedown", "en-moon")
    purge = ["index", "prune", "--keep", "2", "--purge", "--store", str(tmp_path)]
    with pytest.raises(StoreError, match="build once more"):
        runner.invoke(cli.app, purge, catch_exceptions=False)
    publish_fake_store(tmp_path, [article for article in ARTICLES if article.id != "en-moon"], version="v2")
    done = index(tmp_path, "prune", "--keep", "2", "--purge")
    assert (done["removed"], done["articles"], done["alerts"]) == (["v1"], 1, 0)
    assert '"action": "purge"' in StoreLayout(tmp_path).audit_log.read_text(encoding="utf-8")


def test_a_store_is_exported_and_imported(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish_fake_store(tmp_path / name, ARTICLES, version=name)
    done = runner.invoke(cli.app, ["store", "export", str(tmp_path / "copy"), "--store", str(tmp_path / "a"), "--json"])
    assert json.loads(done.stdout)["version"] == "a"
    done = runner.invoke(cli.app, ["store", "import", str(tmp_path / "b"), "--store", str(tmp_path / "copy")])
    assert done.stdout == f"{tmp_path / 'copy'} publishes b; 0 taken down\n"
    done = runner.invoke(cli.app, ["store", "export", str(tmp_path / "copy"), "--store", str(tmp_path / "b")])
    assert done.stdout == f"{tmp_path / 'copy'} publishes b, which it had already; 0 taken down\n"
    audit = StoreLayout(tmp_path / "copy").audit_log.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["action"] for line in audit] == ["export", "import", "export"]
