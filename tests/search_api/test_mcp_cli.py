"""The command `khabar mcp`: what it refuses before it serves."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from indexer.snapshot.errors import KhabarError, ListenError, StoreError, UsageError
from indexer.snapshot.format.keys import Scope
from indexer.snapshot.layout import StoreLayout
from indexer.store.keys import create_key
from search_api.cli import app
from tests.conftest import ARTICLES, ROOT
from tests.fakes import publish_fake_store
from tests.service_process import ENVIRONMENT


def refusal(*arguments: str) -> KhabarError:
    result = CliRunner().invoke(app, ["mcp", *arguments])
    assert isinstance(result.exception, KhabarError), result.output
    return result.exception


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--url", "http://localhost:8000", "--store", "s"), "give one of them"),
        (("--key-file", "key"), "--key-file is for the service at --url"),
        (("--port", "0"), "--port or KHABAR_PORT: "),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: tuple[str, ...], message: str) -> None:
    error = refusal(*arguments)
    assert isinstance(error, UsageError)
    assert message in str(error)


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n", encoding="utf-8")
    assert "key is empty" in str(refusal("--url", "http://localhost", "--key-file", str(tmp_path / "key")))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (("--store",), "this store has no keys: khabar keys new makes one, and --insecure"),
        (("--url", "http://localhost:8000"), "with --url nobody is asked for a key"),
    ],
)
def test_an_address_that_others_reach_needs_keys(fake_store: Path, target: tuple[str, ...], message: str) -> None:
    given = (*target, str(fake_store)) if target == ("--store",) else target
    error = refusal(*given, "--http", "--host", "0.0.0.0")  # noqa: S104
    assert isinstance(error, ListenError)
    assert message in str(error)


def test_with_keys_or_insecure_only_the_address_counts(tmp_path: Path) -> None:
    """192.0.2.1 is no address of any machine (RFC 5737)."""
    publish_fake_store(tmp_path, ARTICLES)
    address = ("--http", "--host", "192.0.2.1")
    assert "cannot listen on port 8001 of 192.0.2.1" in str(refusal("--store", str(tmp_path), *address, "--insecure"))
    assert "cannot listen" in str(refusal("--url", "http://localhost", *address, "--insecure"))
    create_key(StoreLayout(tmp_path), "models", [Scope.SEARCH], None)
    assert "cannot listen" in str(refusal("--store", str(tmp_path), *address))


def test_a_store_that_cannot_be_served_is_said_at_once(tmp_path: Path) -> None:
    assert isinstance(refusal("--store", str(tmp_path / "none")), StoreError)


@pytest.mark.parametrize("missing", ["mcp", "httpx_retries"])
def test_without_the_extra_one_line_says_what_to_install(fake_store: Path, missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['khabar', 'mcp', '--store', {str(fake_store)!r}]; "
        "from search_api.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, env=ENVIRONMENT
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"khabar: khabar mcp needs {missing}: pip install 'khabar[mcp]'\n"
