"""Opening versions: what is whole opens, everything else is refused by name."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.snapshot.errors import ArticleNotFound, EncoderMismatch, FormatMismatch, SnapshotDamaged, StoreNotFound
from indexer.snapshot.format.manifest import FORMAT_VERSION
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version, open_snapshot
from tests.conftest import ARTICLES
from tests.fakes import SPEC, publish_fake_store


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    """Return a store of one's own, to be damaged."""
    publish_fake_store(tmp_path, ARTICLES[:2])
    return StoreLayout(tmp_path)


def edit_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    del content["sha256"]
    content["sha256"] = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps(content), encoding="utf-8")


def test_published_version_opens(store: StoreLayout) -> None:
    snapshot = open_snapshot(store.root)
    assert snapshot.manifest.version == current_version(store) == "v1"
    assert snapshot.index.size == snapshot.corpus.n_paragraphs == 5
    assert snapshot.encoders.queries.spec == SPEC
    snapshot.close()


def test_named_version_opens_though_another_is_published(store: StoreLayout) -> None:
    publish_fake_store(store.root, ARTICLES, version="v2")
    older = open_snapshot(store.root, version="v1")
    newer = open_snapshot(store.root)
    assert (older.corpus.n_articles, newer.corpus.n_articles) == (2, 5)
    older.close()
    newer.close()


def test_the_id_of_a_paragraph_leads_to_its_article_unless_that_is_hidden(store: StoreLayout) -> None:
    with open_snapshot(store.root) as snapshot:
        article = snapshot.require_article("ar-treaty")
        paragraph = article.paragraphs[1].id
        with pytest.raises(ArticleNotFound, match=f"{paragraph}' in this index; .* its article is 'ar-treaty'$"):
            snapshot.require_article(paragraph)
        for article_id, hidden in (("nobody:b97551cc8f50", snapshot), (paragraph, snapshot.without(["ar-treaty"]))):
            with pytest.raises(ArticleNotFound, match=f"no article '{article_id}' in this index$"):
                hidden.require_article(article_id)


@pytest.mark.parametrize("name", ["corpus.sqlite", "index/ar/vectors.faiss", "neutral.npz", "events.npy"])
@pytest.mark.parametrize("position", [0, -1])
def test_one_flipped_bit_is_found_and_named(store: StoreLayout, name: str, position: int) -> None:
    path = store.version("v1").root / name
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged, match=name):
        open_snapshot(store.root)


@pytest.mark.parametrize(
    "name", ["corpus.sqlite", "index/en/vectors.faiss", "neutral.npz", "events.npy", "rejects.jsonl", "manifest.json"]
)
def test_missing_file_is_named(store: StoreLayout, name: str) -> None:
    (store.version("v1").root / name).unlink()
    with pytest.raises(SnapshotDamaged, match=name):
        check_version(store, "v1")


def test_damaged_encoder_is_named(store: StoreLayout) -> None:
    (store.encoder(SPEC.fingerprint).sentence_transformers / "weights").write_text("other", encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match="weights"):
        check_version(store, "v1")


@pytest.mark.parametrize("content", ["", "{", "[]", f'{{"format_version": {FORMAT_VERSION}}}'])
def test_manifest_that_is_none_is_damaged(store: StoreLayout, content: str) -> None:
    store.version("v1").manifest.write_text(content, encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match=r"manifest\.json is damaged"):
        check_version(store, "v1")


@pytest.mark.parametrize(
    ("old", "new"), [('"exact"', '"ivf"'), ('"articles": 2', '"articles": 9'), ('"rejects.jsonl"', '"other"')]
)
def test_edited_manifest_is_damaged(store: StoreLayout, old: str, new: str) -> None:
    manifest = store.version("v1").manifest
    content = manifest.read_text(encoding="utf-8")
    assert old in content
    manifest.write_text(content.replace(old, new), encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match="its own sha256"):
        check_version(store, "v1")


def test_other_format_is_refused(store: StoreLayout) -> None:
    edit_json(store.version("v1").manifest, lambda manifest: manifest.update(format_version=99))
    with pytest.raises(FormatMismatch, match="format 99, this khabar reads format 3, 4"):
        check_version(store, "v1")


def test_encoder_of_other_prompts_is_refused(store: StoreLayout) -> None:
    manifest = store.encoder(SPEC.fingerprint).manifest
    edit_json(manifest, lambda content: content["spec"].update(query_prompt="query: "))
    with pytest.raises(EncoderMismatch, match="fake"):
        check_version(store, "v1")


def test_manifest_moved_from_another_version_is_refused(store: StoreLayout) -> None:
    edit_json(store.version("v1").manifest, lambda manifest: manifest.update(version="v0"))
    with pytest.raises(SnapshotDamaged, match="describes version v0, not v1"):
        check_version(store, "v1")


def test_no_store_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound, match="khabar index build SOURCE --store"):
        open_snapshot(tmp_path / "none")


def test_unknown_version_is_refused(store: StoreLayout) -> None:
    with pytest.raises(StoreNotFound, match="no version v7"):
        open_snapshot(store.root, version="v7")


@pytest.mark.parametrize("content", ["", "../elsewhere\n"])
def test_current_that_names_nothing_is_refused(store: StoreLayout, content: str) -> None:
    store.current.write_text(content, encoding="utf-8")
    with pytest.raises(SnapshotDamaged, match="CURRENT names no version"):
        current_version(store)


def test_model_under_another_name_is_the_same_model(store: StoreLayout) -> None:
    edit_json(store.encoder(SPEC.fingerprint).manifest, lambda content: content["spec"].update(name="moved"))
    check_version(store, "v1")
