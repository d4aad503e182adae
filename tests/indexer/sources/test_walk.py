import gzip
import json
import os
import socket
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from indexer.articles.spool import Spool
from indexer.snapshot.content.article import Article
from indexer.snapshot.errors import SourceError, UsageError
from indexer.sources.formats.format import ReadOptions, SourceArticle, UnreadFile
from indexer.sources.parsing.open_input import OpenInput
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import list_files, read_sources

_AS_ROOT = os.geteuid() == 0
_TEXT = "Talks begin\nThey met on Monday."


def _jsonl(*ids: str) -> str:
    return "".join(json.dumps({"id": article_id, "text": "They met on Monday."}) + "\n" for article_id in ids)


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def _ids(sources: Sequence[Path]) -> list[str]:
    return [item.article.id for item in read_sources(sources) if isinstance(item, SourceArticle)]


def test_a_folder_is_read_in_order_of_path(tmp_path: Path) -> None:
    files = {"b.txt": _TEXT, "a/z.txt": _TEXT, "a/b/c.txt": _TEXT, "a.jsonl": _jsonl("j2", "j1"), "أ.txt": _TEXT}
    _tree(tmp_path, files)
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(_jsonl("gz").encode()))
    assert _ids([tmp_path]) == ["a/b/c", "a/z", "j2", "j1", "b", "gz", "أ"]


def test_sources_are_read_in_the_order_given(tmp_path: Path) -> None:
    _tree(tmp_path, {"x/b.txt": _TEXT, "x/a.txt": _TEXT, "last.jsonl": _jsonl("j")})
    assert _ids([tmp_path / "last.jsonl", tmp_path / "x"]) == ["j", "a", "b"]
    assert _ids([tmp_path / "x", tmp_path / "last.jsonl"]) == ["a", "b", "j"]


def test_hidden_and_other_files_in_folders_are_passed_over(tmp_path: Path) -> None:
    files = [".hidden.txt", ".git/a.txt", "README.md", "a.docx", "a.gz", "a.pdf", "jsonl", "txt", "sub/.x.jsonl"]
    _tree(tmp_path, dict.fromkeys(files, _TEXT) | {"seen.txt": _TEXT})
    assert _ids([tmp_path]) == ["seen"]


def test_a_hidden_file_or_folder_that_is_named_is_read(tmp_path: Path) -> None:
    _tree(tmp_path, {".hidden.jsonl": _jsonl("h"), ".folder/a.txt": _TEXT})
    assert _ids([tmp_path / ".hidden.jsonl", tmp_path / ".folder"]) == ["h", "a"]


def test_a_folder_is_a_folder_whatever_its_name(tmp_path: Path) -> None:
    _tree(tmp_path, {"day.jsonl/a.txt": _TEXT, "day.jsonl/sub.txt/b.txt": _TEXT})
    assert _ids([tmp_path / "day.jsonl"]) == ["a", "sub.txt/b"]


@pytest.mark.parametrize("named", [".", "news", "news/day"])
def test_the_id_of_a_text_file_is_its_path_below_the_named_folder(tmp_path: Path, named: str) -> None:
    path = _tree(tmp_path, {"news/day/one.two.txt": _TEXT}) / named
    assert _ids([path]) == [{".": "news/day/one.two", "news": "day/one.two", "news/day": "one.two"}[named]]


def test_the_id_of_a_named_text_file_is_its_name(tmp_path: Path) -> None:
    path = _tree(tmp_path, {"news/خبر.txt": _TEXT}) / "news/خبر.txt"
    assert list(read_sources([path])) == [
        SourceArticle(
            str(path), None, Article(id="خبر", language="en", blocks=("They met on Monday.",), title="Talks begin")
        )
    ]


def test_articles_and_rejects_say_where_they_stood(tmp_path: Path) -> None:
    _tree(tmp_path, {"a.jsonl": "nope\n" + _jsonl("x"), "b.txt": ""})
    items = list(read_sources([tmp_path]))
    assert items == [
        Reject(f"{tmp_path}/a.jsonl", 1, "not JSON: Expecting value at column 1"),
        SourceArticle(f"{tmp_path}/a.jsonl", 2, Article(id="x", language="en", blocks=("They met on Monday.",))),
        Reject(f"{tmp_path}/b.txt", None, "text: is blank"),
    ]
    assert str(items[0]) == f"{tmp_path}/a.jsonl:1: not JSON: Expecting value at column 1"
    assert str(items[2]) == f"{tmp_path}/b.txt: text: is blank"


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert list(read_sources([tmp_path])) == []


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.gz", "a", "a.txt.bz2"])
def test_a_named_file_of_another_kind_is_an_error_of_use(tmp_path: Path, name: str) -> None:
    path = _tree(tmp_path, {name: _TEXT}) / name
    with pytest.raises(UsageError) as caught:
        list_files([path])
    assert str(caught.value).startswith(f"{path} is not a kind of file that khabar reads: .warc, .wet, .parquet, ")
    assert str(caught.value).endswith("--format says what it is")


def test_a_path_that_is_missing_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    good = _tree(tmp_path, {"a.txt": _TEXT}) / "a.txt"
    stream = read_sources([good, tmp_path / "gone.jsonl"])
    with pytest.raises(SourceError) as caught:
        next(stream)
    assert str(caught.value) == f"{tmp_path}/gone.jsonl does not exist"


def test_the_error_of_a_path_that_the_system_refuses_names_it(tmp_path: Path) -> None:
    # 300 characters are more than a file name may have.
    with pytest.raises(SourceError, match=r"x{300}"):
        list_files([tmp_path / f"{'x' * 300}.jsonl"])


def test_broken_and_circular_links_are_rejects_and_the_rest_is_read(tmp_path: Path) -> None:
    _tree(tmp_path, {"b.txt": _TEXT})
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    rejects = [item for item in read_sources([tmp_path]) if isinstance(item, Reject)]
    reason = "a broken or circular link"
    assert rejects == [Reject(f"{tmp_path}/{name}", None, reason) for name in ("a.txt", "circle")]
    assert _ids([tmp_path]) == ["b"]


def test_links_out_of_a_folder_are_refused_and_those_within_are_followed(tmp_path: Path) -> None:
    outside = _tree(tmp_path, {"private/secret.txt": _TEXT}) / "private"
    folder = _tree(tmp_path, {"news/a.txt": _TEXT, "news/old/b.txt": _TEXT}) / "news"
    (folder / "c.txt").symlink_to(folder / "old" / "b.txt")
    (folder / "d.txt").symlink_to(outside / "secret.txt")
    (folder / "e").symlink_to(outside)
    (folder / "f.txt").symlink_to("/proc/self/environ")
    assert _ids([folder]) == ["a", "c", "old/b"]
    rejects = [item for item in read_sources([folder]) if isinstance(item, Reject)]
    assert [reject.file for reject in rejects] == [f"{folder}/{name}" for name in ("d.txt", "e", "f.txt")]
    assert {reject.reason for reject in rejects} == {"a link out of the folder; name its target as a source"}
    assert _ids([folder / "e"]) == ["secret"]  # named by the user


def test_pipes_and_devices_in_a_folder_are_refused_unopened(tmp_path: Path) -> None:
    _tree(tmp_path, {"b.txt": _TEXT})
    os.mkfifo(tmp_path / "a.jsonl")
    rejects = [item for item in read_sources([tmp_path]) if isinstance(item, Reject)]
    assert rejects == [Reject(f"{tmp_path}/a.jsonl", None, "no regular file, but a pipe, a socket or a device")]
    assert _ids([tmp_path]) == ["b"]


def test_a_link_back_to_its_own_folder_gives_no_article_twice(tmp_path: Path) -> None:
    _tree(tmp_path, {"day/a.txt": _TEXT})
    (tmp_path / "day" / "self").symlink_to(tmp_path / "day")
    assert _ids([tmp_path]) == ["day/a"]
    (reject,) = [item for item in read_sources([tmp_path]) if isinstance(item, Reject)]
    assert str(reject) == f"{tmp_path}/day/self: a link to a folder that has been read already"


@pytest.mark.skipif(_AS_ROOT, reason="root reads everything")
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_file_without_permission_is_a_reject_below_a_folder_and_an_error_if_it_is_named(
    tmp_path: Path, name: str
) -> None:
    path = _tree(tmp_path, {name: _TEXT, "b.txt": _TEXT}) / name
    path.chmod(0)
    assert next(read_sources([tmp_path])) == Reject(str(path), None, "cannot be opened: Permission denied")
    assert _ids([tmp_path]) == ["b"]
    with pytest.raises(SourceError) as caught:
        list(read_sources([path]))
    assert str(caught.value) == f"{path} cannot be read: Permission denied"


@pytest.mark.skipif(_AS_ROOT, reason="root reads everything")
def test_a_folder_without_permission_is_a_reject_below_a_folder_and_an_error_if_it_is_named(tmp_path: Path) -> None:
    folder = _tree(tmp_path, {"closed/a.txt": _TEXT, "open/b.txt": _TEXT}) / "closed"
    folder.chmod(0)
    try:
        assert list_files([tmp_path])[0] == Reject(str(folder), None, "cannot be opened: Permission denied")
        with pytest.raises(SourceError) as caught:
            list_files([folder])
    finally:
        folder.chmod(0o700)
    assert str(caught.value) == f"{folder} cannot be read: Permission denied"


def test_a_file_that_is_gone_when_its_turn_comes_is_a_reject(tmp_path: Path) -> None:
    _tree(tmp_path, {"a.txt": _TEXT, "b.txt": _TEXT, "c.txt": _TEXT})
    items = read_sources([tmp_path])
    next(items)
    (tmp_path / "b.txt").unlink()
    assert next(items) == Reject(f"{tmp_path}/b.txt", None, "cannot be opened: No such file or directory")
    assert [item.article.id for item in items if isinstance(item, SourceArticle)] == ["c"]


@pytest.mark.parametrize(
    ("replace", "reason"),
    [
        (lambda path, secret: path.symlink_to(secret), "a link out of the folder; name its target as a source"),
        (
            lambda path, _: path.symlink_to("/proc/self/environ"),
            "a link out of the folder; name its target as a source",
        ),
        (lambda path, _: os.mkfifo(path), "no regular file, but a pipe, a socket or a device"),
        (lambda path, _: path.mkdir(), "no regular file, but a pipe, a socket or a device"),
    ],
)
def test_a_file_that_is_replaced_after_the_check_is_refused(
    tmp_path: Path, replace: Callable[[Path, Path], None], reason: str
) -> None:
    _tree(tmp_path, {"secret.txt": _TEXT, "news/a.txt": _TEXT, "news/b.txt": _TEXT})
    items = read_sources([tmp_path / "news"])
    next(items)
    path = tmp_path / "news/b.txt"
    path.unlink()
    replace(path, tmp_path / "secret.txt")
    assert list(items) == [Reject(str(path), None, reason)]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: socket.socket(socket.AF_UNIX).bind(str(path))])
def test_a_named_pipe_or_socket_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        make(Path("a.jsonl"))
    with pytest.raises(SourceError, match=r"a\.jsonl is no regular file, .*; standard input \(-\) reads a pipe"):
        list_files([Path("a.jsonl")])


def test_a_file_of_the_kernel_is_refused_though_it_looks_regular() -> None:
    (reject,) = read_sources([Path("/proc/self/environ")], ReadOptions("text"))
    assert isinstance(reject, Reject)
    assert reject.reason.startswith("a file of /proc or /sys")


def test_folders_may_be_nested_deeper_than_python_calls(tmp_path: Path) -> None:
    folders = [tmp_path / "d"]
    while len(folders) < sys.getrecursionlimit() + 100:
        folders.append(Path(f"{folders[-1]}/d"))
    for folder in folders:
        folder.mkdir()
    _tree(tmp_path, {"e.txt": _TEXT})
    try:
        assert _ids([tmp_path]) == ["e"]
    finally:  # what removes the folders of tests calls itself for each of them
        for folder in reversed(folders):
            folder.rmdir()


def test_a_file_name_cannot_steer_a_terminal(tmp_path: Path) -> None:
    _tree(tmp_path, {"a\x1b[31m\n.txt": _TEXT, "b\n.jsonl": "nope"})
    article, reject = read_sources([tmp_path])
    assert isinstance(article, SourceArticle)
    assert article.article.id == "a\ufffd[31m\ufffd"
    assert str(reject) == f"{tmp_path}/b\ufffd.jsonl:1: not JSON: Expecting value at column 1"


@pytest.mark.parametrize("failure", [OSError(5, "Input/output error"), OSError("network share is gone")])
def test_the_error_of_a_file_that_fails_while_it_is_read_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: OSError
) -> None:
    def fail(*_: object) -> bytes:
        raise failure

    _tree(tmp_path, {"a.txt": _TEXT})
    monkeypatch.setattr(OpenInput, "read_all", fail)
    with pytest.raises(SourceError) as caught:
        list(read_sources([tmp_path], budget=None))
    reason = failure.strerror or "network share is gone"
    assert str(caught.value) == f"{tmp_path}/a.txt cannot be read: {reason}"


def test_a_file_name_that_is_not_utf_8_stops_nothing(tmp_path: Path) -> None:
    # Names of files are bytes on Linux; Python decodes bytes that are not UTF-8 to lone surrogates.
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text(_TEXT, encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (item,) = read_sources([tmp_path])
    assert not isinstance(item, UnreadFile)
    with Spool(tmp_path / "spool.sqlite") as spool:
        reject = item if isinstance(item, Reject) else spool.add(item)
        kept = list(spool)
    assert len(kept) == (0 if reject else 1)
    if reject:
        assert json.dumps(asdict(reject), ensure_ascii=False).encode().startswith(b'{"file": ')
