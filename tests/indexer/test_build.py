"""Whole builds with a real, tiny model: what is published, and what stands when a build fails."""

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer import build as building
from indexer.build import BuildResult, Recipe, build
from indexer.encoders import export
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import BuildError, KhabarError, SourceError, StoreLocked
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version, open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from indexer.store.staging import build_lock
from indexer.store.status import read_status

Builder = Callable[..., BuildResult]


def write_jsonl(path: Path, *records: dict[str, Any] | str) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def record(article_id: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": article_id, "text": text, **fields}


THREE = (
    record("c", "The harbour was closed on Sunday because of a storm off the coast.", title="Harbour closed"),
    record("a", "أغلقت السلطات الميناء يوم الأحد بسبب عاصفة قبالة الساحل الشرقي للبلاد.", title="إغلاق الميناء"),
    record("b", "A museum in the capital opens its new wing to visitors next month.", published_at="2024-05-14"),
)


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def run(tmp_path: Path, tiny_model: Path, console: io.StringIO) -> Builder:
    """Return a build into tmp_path / "store" with the tiny model."""

    def run_build(*sources: Path, strict: bool = False) -> BuildResult:
        reporter = Reporter(Console(file=console, width=200))
        return build(sources, tmp_path / "store", reporter, recipe=Recipe(str(tiny_model)), strict=strict)

    return run_build


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path / "store")


def test_build_publishes_what_it_read(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    result = run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    assert current_version(store) == result.manifest.version
    check_version(store, result.manifest.version)
    snapshot = open_snapshot(store.root)
    assert snapshot.corpus.n_articles == 3
    assert snapshot.manifest.counts.paragraphs_by_language == {"ar": 1, "en": 2}
    assert snapshot.encoder_manifest.backend == "onnx-int8"
    assert snapshot.encoder_manifest.agreement is not None
    assert 0.99 <= snapshot.encoder_manifest.agreement.mean < 1  # of 8-bit weights with their model
    assert len(search(snapshot, Query(TextTarget("harbour"))).hits) == 3
    snapshot.close()


def test_build_tells_of_its_stages(run: Builder, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", *THREE)
    started = time.perf_counter()
    stages = run(source).stages
    elapsed = time.perf_counter() - started
    assert [stage.name for stage in stages] == [
        "reading",
        "loading the model",
        "splitting",
        "finding copies",
        "embedding",
        "query encoder",
        "neutral space",
        "finding events",
        "indexing",
        "indexing words",
        "calibrating confidence",
        "writing",
        "checking",
        "publishing",
    ]
    # Each stage begins where the one before it ended; half a rounding step each.
    assert 0.5 * elapsed < sum(stage.seconds for stage in stages) < elapsed + len(stages) * 0.00005
    assert stages[0].peak_rss_bytes > 0
    assert [stage.peak_rss_bytes for stage in stages] == sorted(stage.peak_rss_bytes for stage in stages)


def test_equal_input_gives_equal_content_in_any_order(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    first = run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    second = run(write_jsonl(tmp_path / "in.jsonl", *reversed(THREE)))
    assert first.manifest.files == second.manifest.files
    assert first.manifest.version != second.manifest.version
    assert (first.report.embedded, second.report.embedded) == (3, 0)


def test_only_new_text_is_embedded(run: Builder, tmp_path: Path) -> None:
    run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    changed = run(write_jsonl(tmp_path / "in.jsonl", *THREE[:2], record("d", "An article about something else.")))
    assert changed.report.embedded == 1


def test_damaged_cache_costs_time_only(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", *THREE)
    first = run(source)
    for path in store.cache.iterdir():
        path.write_bytes(b"x" * 5000)
    again = run(source)
    assert again.report.embedded == 3
    assert again.manifest.files == first.manifest.files


def test_damaged_query_encoder_is_written_anew(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", *THREE)
    fingerprint = run(source).manifest.encoder.fingerprint
    store.encoder(fingerprint).onnx.write_bytes(b"damaged")
    check_version(store, run(source).manifest.version)


def test_bad_lines_and_repeated_ids_are_reported(
    run: Builder, store: StoreLayout, tmp_path: Path, console: io.StringIO
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", "{not json", *THREE, record("b", "The last one wins, says the report."))
    result = run(source)
    rejects = store.version(result.manifest.version).rejects.read_text(encoding="utf-8").splitlines()
    found = [(reject["file"], reject["line"], reject["reason"]) for reject in map(json.loads, rejects)]
    assert found[0][:2] == (str(source), 1)
    assert found[0][2].startswith("not JSON")
    assert found[1] == (str(source), 4, f"id 'b' comes again at {source}:5: the last one wins")
    assert result.manifest.counts.rejected == 1
    assert "1 rejected, the first one at" in console.getvalue()
    snapshot = open_snapshot(store.root)
    stored = snapshot.corpus.article("b")
    assert stored is not None
    assert stored.paragraphs[0].text == "The last one wins, says the report."
    snapshot.close()


def test_strict_stops_at_the_first_bad_line(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version
    source = write_jsonl(tmp_path / "bad.jsonl", THREE[0], "{not json", "[also bad]")
    with pytest.raises(SourceError, match=rf"bad\.jsonl:2: not JSON.*version {good}, published before, still stands"):
        run(source, strict=True)
    assert current_version(store) == good


@pytest.mark.parametrize("lines", [[], ["", "  "], ["{bad", '{"id": "x"}']])
def test_corpus_without_articles_is_an_error(run: Builder, tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(
        SourceError, match=r"^no article in .*in\.jsonl: (they are empty|all 2 were rejected, the first)"
    ):
        run(write_jsonl(tmp_path / "in.jsonl", *lines))


def test_takes_a_folder_with_every_kind_of_file(run: Builder, tmp_path: Path, store: StoreLayout) -> None:
    folder = tmp_path / "news"
    (folder / "deep").mkdir(parents=True)
    write_jsonl(folder / "a.jsonl", *THREE)
    (folder / "deep" / "b.txt").write_text("عنوان المقال\nنص الفقرة الأولى من المقال.\n", encoding="utf-8")
    assert run(folder).manifest.counts.articles == 4
    snapshot = open_snapshot(store.root)
    stored = snapshot.corpus.article("deep/b")
    assert stored is not None
    assert (stored.article.title, stored.article.language) == ("عنوان المقال", "ar")
    snapshot.close()


def test_model_that_cannot_be_exported_is_served_whole(
    run: Builder, store: StoreLayout, tmp_path: Path, console: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("operator not supported\nlong explanation")

    monkeypatch.setattr(export, "_export_graph", fail)
    monkeypatch.setenv("KHABAR_MODEL_CACHE", str(tmp_path))  # without an export of another test
    result = run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    assert result.encoder.backend == "sentence-transformers"
    assert "served through sentence-transformers: RuntimeError: operator not supported" in console.getvalue()
    assert "could not be exported: RuntimeError" in "\n".join(read_status(store).lines())
    snapshot = open_snapshot(store.root)
    assert len(search(snapshot, Query(TextTarget("harbour"))).hits) == 3
    snapshot.close()


def test_export_that_disagrees_is_not_used(
    run: Builder, store: StoreLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MIN_AGREEMENT", 1.01)
    monkeypatch.setenv("KHABAR_MODEL_CACHE", str(tmp_path))  # without an export of another test
    result = run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    assert result.encoder.backend == "sentence-transformers"
    assert "agree with the reference at a mean cosine of" in str(result.encoder.fallback_reason)
    assert not store.encoder(result.manifest.encoder.fingerprint).onnx.exists()


@contextmanager
def long_build(store: StoreLayout, folder: Path, model: Path) -> "Iterator[subprocess.Popen[str]]":
    """Yield a build of many articles in a process of its own, once it has written some; it never outlives the block.

    A build that does not end is aborted, which makes it write the stacks of all its threads to standard error.
    Coverage is not measured in it: a signal that arrives while coverage holds its own lock would stop it for ever.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    many = (record(f"n{n}", f"Report number {n} tells of {n * n} other things.") for n in range(20_000))
    source = write_jsonl(folder / "many.jsonl", *many)
    command = [sys.executable, "-m", "search_api", "index", "build", str(source), "--store", str(store.root)]
    with subprocess.Popen(
        [*command, "--model", str(model)],
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONFAULTHANDLER": "1"},
        # What a shell starts in the background ignores SIGINT, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            while not list(store.root.glob(".staging-*/version/corpus.sqlite")):
                assert process.poll() is None, "the build ended before it could be stopped"
                time.sleep(0.01)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def stderr_at_end(process: "subprocess.Popen[str]") -> str:
    """Wait for a build to end, and return what it wrote to standard error."""
    try:
        return process.communicate(timeout=180)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        return process.communicate(timeout=60)[1]


STEPS = [
    "gather",
    "write_corpus",
    "embed_passages",
    "stored_query_encoder",
    "write_keys",
    "write_manifest",
    "find_faults",
    "install_version",
    "publish",
]


@pytest.mark.parametrize("step", STEPS)
def test_full_disk_at_any_step_leaves_what_was_published(
    step: str, run: Builder, store: StoreLayout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version

    def fail(*_args: object, **_keywords: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(building, step, fail)
        with pytest.raises(BuildError, match=rf"No space left on device; version {good}, published before, still"):
            run(write_jsonl(tmp_path / "in.jsonl", THREE[0]))
    assert current_version(store) == good
    check_version(store, good)
    assert not list(store.root.glob(".staging-*"))
    assert run(write_jsonl(tmp_path / "in.jsonl", THREE[0])).manifest.counts.articles == 1


@pytest.mark.slow
@pytest.mark.parametrize("kib", [4, 40, 400])
def test_disk_that_fills_up_while_files_are_written_is_one_clear_line(
    kib: int, run: Builder, store: StoreLayout, tmp_path: Path, tiny_model: Path
) -> None:
    """A limit on file size stands in for a full disk: at 4 KiB the spool fails, at 400 the index."""
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version
    many = (record(f"n{n}", f"Report number {n} tells of {n * n} other things.") for n in range(4_000))
    source = write_jsonl(tmp_path / "many.jsonl", *many)
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({kib * 1024},) * 2)"
    arguments = ["khabar", "index", "build", str(source), "--store", str(store.root), "--model", str(tiny_model)]
    code = f"{limit}; import sys; sys.argv = {arguments!r}; from search_api.cli import main; main()"
    # Coverage could not write its own file either, and would say so at length.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("khabar: the build stopped: ")
    assert done.stderr.endswith(f"version {good}, published before, still stands\n")
    assert current_version(store) == good
    check_version(store, good)


@pytest.mark.slow
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_build_says_what_still_stands(
    signal_number: int, run: Builder, store: StoreLayout, tmp_path: Path, tiny_model: Path
) -> None:
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version
    with long_build(store, tmp_path, tiny_model) as process:
        process.send_signal(signal_number)
        told = stderr_at_end(process)
    assert process.returncode == 1, told
    assert told.splitlines()[-1] == f"khabar: interrupted; version {good}, published before, still stands"
    assert current_version(store) == good
    assert not list(store.root.glob(".staging-*"))


def test_model_folder_under_another_name_builds_on(
    run: Builder, store: StoreLayout, tmp_path: Path, tiny_model: Path
) -> None:
    source = write_jsonl(tmp_path / "in.jsonl", *THREE)
    run(source)
    moved = shutil.copytree(tiny_model, tmp_path / "moved")
    reporter = Reporter(Console(file=io.StringIO()))
    again = build([source], store.root, reporter, recipe=Recipe(str(moved)))
    assert again.report.embedded == 0
    check_version(store, again.manifest.version)


def test_second_build_at_once_is_refused(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    with build_lock(store), pytest.raises(StoreLocked, match="another build is running"):
        run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    assert StoreLocked.exit_status == 3


MOMENTS = {
    "reading": "spool.sqlite",
    "splitting": "version/corpus.sqlite",
    "embedding": "../cache/*-passage-*.sqlite",
    "writing": "version/index/en/vectors.faiss",
    "checking": "version/manifest.json",
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_build_leaves_what_was_published(
    moment: str, run: Builder, store: StoreLayout, tmp_path: Path, tiny_model: Path
) -> None:
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version
    shutil.rmtree(store.cache)
    many = (record(f"n{n}", f"Report number {n} tells of {n * n} other things.") for n in range(1_000))
    source = write_jsonl(tmp_path / "many.jsonl", *many)
    command = [sys.executable, "-m", "search_api", "index", "build", str(source), "--store", str(store.root)]
    with subprocess.Popen([*command, "--model", str(tiny_model)], stderr=subprocess.DEVNULL) as process:
        while not list(store.root.glob(f".staging-*/{MOMENTS[moment]}")):
            assert process.poll() is None, "the build ended before it could be killed"
        process.kill()
    assert list(store.root.glob(".staging-*"))
    assert current_version(store) == good
    check_version(store, good)
    again = run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    assert current_version(store) == again.manifest.version
    assert not list(store.root.glob(".staging-*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of 4 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.slow
def test_disk_that_is_really_full_leaves_what_was_published(small_disk: Path, tmp_path: Path, tiny_model: Path) -> None:
    store = StoreLayout(small_disk / "store")
    reporter, recipe = Reporter(Console(file=io.StringIO())), Recipe(str(tiny_model))
    small = write_jsonl(tmp_path / "in.jsonl", *THREE)
    good = build([small], store.root, reporter, recipe=recipe).manifest.version
    many = (record(f"n{n}", f"Report number {n} tells of {n * n} other things.") for n in range(8_000))
    with pytest.raises(BuildError, match=rf"(?s)full.*version {good}.*still stands|No space left"):
        build([write_jsonl(tmp_path / "many.jsonl", *many)], store.root, reporter, recipe=recipe)
    assert current_version(store) == good
    check_version(store, good)
    assert build([small], store.root, reporter, recipe=recipe).manifest.counts.articles == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_store_that_cannot_be_written_is_one_clear_line(run: Builder, store: StoreLayout, tmp_path: Path) -> None:
    good = run(write_jsonl(tmp_path / "in.jsonl", *THREE)).manifest.version
    store.root.chmod(0o555)
    try:
        with pytest.raises(KhabarError, match=r"cannot be written|Permission denied"):
            run(write_jsonl(tmp_path / "in.jsonl", *THREE))
    finally:
        store.root.chmod(0o755)
    assert current_version(store) == good
