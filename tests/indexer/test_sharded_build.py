"""Versions that are divided, built with a real, tiny model: answers and commands are those of one piece."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from indexer.snapshot.errors import FormatMismatch, SnapshotDamaged
from indexer.snapshot.format import manifest as manifests
from indexer.snapshot.index.facets import Facet
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import current_manifest, current_version, open_snapshot
from indexer.snapshot.search.page import Hit
from indexer.snapshot.search.query import Group, Mode, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from search_api.cli import app

SUBJECTS = ("harbour", "museum", "storm", "budget", "الميناء", "المتحف", "العاصفة", "الميزانية")


def record(number: int) -> dict[str, Any]:
    subject, other = SUBJECTS[number % 8], SUBJECTS[(number * 3 + 1) % 8]
    text = f"{subject} {other} report {number % 5} of the day, in which {subject} is told of again and again."
    return {
        "id": f"a{number:02d}",
        "title": f"{subject} {number}",
        "text": text,
        "date": f"2024-05-{number % 28 + 1:02d}",
    }


def khabar(*arguments: object) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.output


def build(root: Path, source: Path, model: Path, *options: object) -> StoreLayout:
    khabar("index", "build", source, "--store", root, "--model", model, *options)
    return StoreLayout(root)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "in.jsonl"
    path.write_text("".join(json.dumps(record(number)) + "\n" for number in range(40)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, source: Path, tiny_model: Path) -> StoreLayout:
    return build(tmp_path_factory.mktemp("whole"), source, tiny_model)


@pytest.fixture
def divided(tmp_path: Path, source: Path, tiny_model: Path) -> StoreLayout:
    return build(tmp_path / "store", source, tiny_model, "--shards", 3)


def queries() -> Iterator[Query]:
    for text in ("harbour", "storm museum", '"museum harbour" budget', "العاصفة", "report 3 -storm"):
        for mode in Mode:
            yield Query(TextTarget(text), k=30, mode=mode, group=Group.NONE, facets=(Facet.LANGUAGE, Facet.DAY))
            yield Query(TextTarget(text), k=5, offset=5, mode=mode, sort=Sort.NEWEST, n_paragraphs=2, highlight=True)


def answers(store: StoreLayout) -> list[tuple[tuple[Hit, ...], Mapping[Facet, object], bool]]:
    with open_snapshot(store.root) as snapshot:
        found = [search(snapshot, query) for query in queries()]
    return [(result.hits, result.facets, result.confident) for result in found]


@pytest.mark.parametrize("n_shards", [1, 3, 64])
def test_answers_are_those_of_one_piece(
    whole: StoreLayout, tmp_path: Path, source: Path, tiny_model: Path, n_shards: int
) -> None:
    divided = build(tmp_path / "store", source, tiny_model, "--shards", n_shards)  # 64: some have no article
    manifest = current_manifest(divided)
    assert len(manifest.shards) == n_shards
    assert sum(shard.articles for shard in manifest.shards) == manifest.counts.articles == 40
    assert manifest.calibration == current_manifest(whole).calibration
    assert answers(divided) == answers(whole)


def test_equal_input_gives_equal_shards_and_nothing_is_embedded_again(
    divided: StoreLayout, source: Path, tiny_model: Path
) -> None:
    first = current_manifest(divided)
    told = khabar("index", "build", source, "--store", divided.root, "--model", tiny_model, "--shards", 3)
    assert "0 to embed" in told
    assert current_manifest(divided).files == first.files
    assert current_version(divided) != first.version


def test_commands_know_versions_that_are_divided(
    divided: StoreLayout, source: Path, tiny_model: Path, tmp_path: Path
) -> None:
    first = current_version(divided)
    assert "3 shards" in khabar("index", "status", "--store", divided.root)
    khabar("index", "verify", "--store", divided.root)
    khabar("index", "takedown", "a08", "--store", divided.root, "--reason", "asked for")
    with open_snapshot(divided.root) as snapshot:
        hits = search(snapshot, Query(TextTarget("harbour"), k=50)).hits
        assert len(hits) == 39
        assert "a08" not in {hit.article.id for hit in hits}
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps(record(91)) + "\n", encoding="utf-8")
    build(divided.root, more, tiny_model, "--add", "--shards", 2)  # another number of shards, or none, is a new choice
    second = current_manifest(divided)
    assert len(second.shards) == 2
    assert second.counts.articles == 40
    assert "a91" in khabar("index", "diff", first, second.version, "--store", divided.root)
    khabar("index", "rollback", "--store", divided.root)
    assert current_version(divided) == first
    copy = tmp_path / "copy"
    khabar("store", "export", copy, "--store", divided.root)
    assert answers(StoreLayout(copy)) == answers(divided)
    khabar("index", "rollback", second.version, "--store", divided.root)
    khabar("index", "prune", "--keep", 1, "--store", divided.root)
    assert [path.name for path in divided.versions.iterdir()] == [second.version]


@pytest.mark.parametrize("name", ["shards.npy", "shards/0001/lexical/rows.npy", "shards/0002/languages.npy"])
def test_a_damaged_shard_is_refused(divided: StoreLayout, name: str) -> None:
    path = divided.version(current_version(divided)).root / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SnapshotDamaged, match=path.name):
        open_snapshot(divided.root)


def test_what_reads_only_whole_versions_says_so(divided: StoreLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "READABLE_FORMATS", frozenset({3, 4, 5}))  # khabar 1.0
    with pytest.raises(FormatMismatch, match="format 6"):
        open_snapshot(divided.root)


@pytest.mark.parametrize("number", ["0", "-1", "1025", "many"])
def test_a_wrong_number_of_shards_is_a_clear_error(tmp_path: Path, source: Path, number: str) -> None:
    result = CliRunner().invoke(app, ["index", "build", str(source), "--store", str(tmp_path), "--shards", number])
    assert result.exit_code == 2
    assert "--shards" in result.output
