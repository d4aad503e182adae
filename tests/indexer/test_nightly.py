"""Night after night with a real, tiny model: what is embedded, what is left out, what is not let through.

Most of these are slow, for they build twice; one of each kind is not.
"""

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer import build as building
from indexer.articles.gather import CorpusScope
from indexer.build import BuildResult, Recipe, build
from indexer.encoders import build_encoders, build_query_encoder
from indexer.gate import Limits
from indexer.reporting.progress import Reporter
from indexer.snapshot.errors import GateFailed, SourceError, StoreError
from indexer.snapshot.format.manifest import write_manifest
from indexer.snapshot.layout import StoreLayout
from indexer.snapshot.reader import check_version, current_version, open_snapshot
from indexer.store.takedown import record_takedowns as take_down

Night = Callable[..., BuildResult]


def article(article_id: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": article_id, "text": text, **fields}


HARBOUR = article("harbour", "The harbour was closed on Sunday because of a storm off the coast.", title="Harbour")
PORT = article("port", "أغلقت السلطات الميناء يوم الأحد بسبب عاصفة قبالة الساحل الشرقي للبلاد.", title="إغلاق الميناء")
MUSEUM = article("museum", "A museum in the capital opens its new wing to visitors next month.")


def many(n: int) -> list[dict[str, Any]]:
    return [article(f"n{one:03d}", f"Report number {one} tells of {one * one} other things.") for one in range(n)]


@pytest.fixture
def store(tmp_path: Path) -> StoreLayout:
    return StoreLayout(tmp_path / "store")


@pytest.fixture
def night(store: StoreLayout, tmp_path: Path, tiny_model: Path) -> Night:
    """Return a build of some records with the tiny model; `scope` and `limits` as for `build`."""

    def run(*records: dict[str, Any], scope: CorpusScope | None = None, limits: Limits | None = None) -> BuildResult:
        source = tmp_path / "in.jsonl"
        source.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        reporter = Reporter(Console(file=io.StringIO()))
        return build([source], store.root, reporter, recipe=Recipe(str(tiny_model)), scope=scope, limits=limits)

    return run


def ids(store: StoreLayout) -> list[str]:
    snapshot = open_snapshot(store.root)
    try:
        return [stored.article.id for stored in snapshot.corpus.articles()]
    finally:
        snapshot.close()


def test_night_without_news_loads_no_model(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    first = night(HARBOUR, PORT)

    def fail(*_arguments: object) -> None:
        raise AssertionError("a model is loaded")

    monkeypatch.setattr(build_encoders.LazyPassageEncoder, "load", fail)
    monkeypatch.setattr(build_query_encoder, "open_query_encoder", fail)
    second = night(PORT, HARBOUR)
    assert second.report.embedded == 0
    assert second.manifest.files == first.manifest.files
    assert second.manifest.build == first.manifest.build
    # An article that goes costs nothing either.
    assert night(PORT).manifest.counts.articles == 1


def test_removed_article_is_gone_and_a_changed_one_is_changed(night: Night, store: StoreLayout) -> None:
    night(HARBOUR, PORT)
    result = night(HARBOUR | {"text": "The harbour is open again after the storm has passed the coast."}, MUSEUM)
    assert result.report.embedded == 2
    snapshot = open_snapshot(store.root)
    assert snapshot.article("port") is None
    changed = snapshot.article("harbour")
    assert changed is not None
    assert changed.paragraphs[0].text.startswith("The harbour is open again")
    snapshot.close()


@pytest.mark.slow
def test_vectors_of_another_precision_are_not_mixed(night: Night, store: StoreLayout) -> None:
    """A store that was built on another machine: what is recorded there is not what this one computes."""
    first = night(HARBOUR, PORT)
    (cache,) = store.cache.glob("*-passage-*.sqlite")
    assert first.manifest.build.precision in cache.name
    cache.rename(cache.with_name(cache.name.replace(first.manifest.build.precision, "other")))
    result = night(HARBOUR, PORT, MUSEUM)
    assert result.report.embedded == 3
    assert result.manifest.build.precision == first.manifest.build.precision


@pytest.mark.slow
def test_adding_keeps_what_is_there_and_replaces_by_id(night: Night, store: StoreLayout) -> None:
    base = night(HARBOUR, PORT | {"published_at": "2024-05-14", "tags": ["x"], "desk": "world"})
    before = open_snapshot(store.root)
    kept = before.article("port")
    before.close()
    result = night(MUSEUM, HARBOUR | {"title": "Harbour open"}, scope=CorpusScope(add=True))
    assert ids(store) == ["harbour", "museum", "port"]
    assert result.report.embedded == 2  # the title is part of what is embedded
    assert result.manifest.build.added_to == base.manifest.version
    assert result.manifest.counts.rejected == 0
    after = open_snapshot(store.root)
    assert after.article("port") == kept
    after.close()


def test_adding_gives_what_a_build_of_all_gives(night: Night) -> None:
    whole = night(HARBOUR, PORT, MUSEUM)
    night(HARBOUR, PORT)
    added = night(MUSEUM, scope=CorpusScope(add=True))
    assert added.manifest.files == whole.manifest.files


@pytest.mark.slow
def test_adding_to_nothing_is_a_first_build(night: Night, store: StoreLayout) -> None:
    assert night(HARBOUR, scope=CorpusScope(add=True)).manifest.build.added_to is None
    assert ids(store) == ["harbour"]


@pytest.mark.slow
def test_day_without_articles_adds_nothing_and_a_broken_one_fails(night: Night, store: StoreLayout) -> None:
    night(HARBOUR)
    assert night(scope=CorpusScope(add=True)).manifest.counts.articles == 1
    with pytest.raises(SourceError, match="all 1 were rejected"):
        night({"id": "x"}, scope=CorpusScope(add=True))
    assert ids(store) == ["harbour"]


@pytest.mark.slow
def test_adding_to_a_damaged_version_fails(night: Night, store: StoreLayout) -> None:
    version = night(HARBOUR).manifest.version
    corpus = store.version(version).corpus
    corpus.write_bytes(corpus.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"corpus\.sqlite is damaged"):
        night(MUSEUM, scope=CorpusScope(add=True))


@pytest.mark.slow
def test_old_articles_are_dropped_and_undated_ones_stay(night: Night, store: StoreLayout) -> None:
    today = datetime.now(UTC)
    dated = [
        article("old", MUSEUM["text"] + " One.", published_at=(today - timedelta(days=9)).date().isoformat()),
        article("new", MUSEUM["text"] + " Two.", published_at=(today - timedelta(days=3)).isoformat()),
    ]
    night(*dated, HARBOUR)
    result = night(PORT, scope=CorpusScope(add=True, keep_days=7))
    assert ids(store) == ["harbour", "new", "port"]
    assert result.report.expired == 1


def test_taken_down_article_stays_out_of_later_builds(night: Night, store: StoreLayout) -> None:
    night(HARBOUR, PORT)
    take_down(store, ["harbour"], "takedown", "court order")
    hidden = open_snapshot(store.root)
    assert hidden.article("harbour") is None
    hidden.close()
    assert night(HARBOUR, PORT).report.taken_down == 1
    assert ids(store) == ["port"]
    assert night(MUSEUM, HARBOUR, scope=CorpusScope(add=True)).report.taken_down == 1
    take_down(store, ["harbour"], "undo", "")
    night(HARBOUR, PORT)
    assert ids(store) == ["harbour", "port"]


@pytest.mark.slow
def test_nothing_left_is_an_error(night: Night, store: StoreLayout) -> None:
    night(HARBOUR)
    take_down(store, ["harbour"], "takedown", "")
    with pytest.raises(SourceError, match="no article is left: all are taken down"):
        night(HARBOUR)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "limits", "reason"),
    [
        (120, 90, Limits(), "25% of the articles are gone, 90 of 120 are left \\(--max-shrink 20%\\)"),
        (120, 90, Limits(max_shrink=0.3), None),
        (120, 100, Limits(), None),
        (10, 5, Limits(), None),  # so few may well halve in a night
        (10, 5, Limits(max_shrink=0.2), "50% of the articles are gone, 5 of 10"),
        (10, 5, Limits(max_shrink=0.5), None),
    ],
)
def test_corpus_that_shrank_too_much_is_not_published(
    night: Night, store: StoreLayout, before: int, after: int, limits: Limits, reason: str | None
) -> None:
    good = night(*many(before)).manifest.version
    if reason is None:
        assert night(*many(after), limits=limits).manifest.counts.articles == after
        return
    with pytest.raises(GateFailed, match=f"{reason}.*it is kept in .*rejected.*version {good}.*still stands"):
        night(*many(after), limits=limits)
    assert current_version(store) == good
    (kept,) = (path for path in store.rejected.iterdir() if path.is_dir())
    assert kept.name > good
    assert (kept / "manifest.json").is_file()
    assert re.match(reason, (store.rejected / "reasons.txt").read_text("utf-8"))


@pytest.mark.slow
def test_articles_that_were_meant_to_go_are_not_missed(night: Night, store: StoreLayout) -> None:
    old = [one | {"published_at": "2020-01-01"} for one in many(10)[:4]]
    night(*old, *many(10)[4:])
    take_down(store, ["n004"], "takedown", "")
    nothing_may_go = Limits(max_shrink=0.0)
    with pytest.raises(GateFailed, match="44% of the articles are gone, 5 of 9 are left"):
        night(*many(10)[5:], limits=nothing_may_go)
    night(*old, *many(10)[4:], scope=CorpusScope(keep_days=30), limits=nothing_may_go)
    assert ids(store) == ["n005", "n006", "n007", "n008", "n009"]


@pytest.mark.slow
def test_damaged_version_is_replaced(night: Night, store: StoreLayout) -> None:
    damaged = night(*many(10)).manifest.version
    store.version(damaged).corpus.write_bytes(b"no database" * 1_000)
    night(*many(11))
    assert current_version(store) > damaged
    assert len(ids(store)) == 11


@pytest.mark.slow
def test_language_that_went_missing_is_noticed(night: Night) -> None:
    arabic = [article(f"ar{one}", f"{PORT['text']} {one}") for one in range(10)]
    night(*many(90), *arabic)
    with pytest.raises(GateFailed, match=r"100% of the paragraphs in ar are gone, 0 of 10"):
        night(*many(90), limits=Limits(max_shrink=0.2))


@pytest.mark.slow
def test_articles_that_changed_too_much_are_noticed(night: Night) -> None:
    night(*many(10))
    same = [one | {"text": "Please accept our cookies to read on, it says."} for one in many(10)[:6]]
    with pytest.raises(GateFailed, match=r"60% of the remaining articles have changed, 6 of them \(--max-change 50%\)"):
        night(*same, *many(10)[6:], limits=Limits(max_change=0.5))
    assert night(*same, *many(10)[6:], limits=Limits(max_change=0.6)).manifest.counts.articles == 10


def test_canaries_must_find_their_article(night: Night, store: StoreLayout) -> None:
    night(HARBOUR, PORT, MUSEUM)
    store.canaries.write_text(
        json.dumps({"query": HARBOUR["text"], "article_id": "harbour", "k": 1}) + "\n\n", encoding="utf-8"
    )
    night(HARBOUR, PORT, MUSEUM)
    with pytest.raises(GateFailed, match=r"canary query 'The harbour was .*' does not find 'harbour' among its best 1"):
        night(PORT, MUSEUM)
    take_down(store, ["harbour"], "takedown", "")  # and nobody has to remember its canary
    night(HARBOUR, PORT, MUSEUM)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "canaries.jsonl:1: the line: invalid JSON"),
        ('{"query": "x"}', "canaries.jsonl:1: article_id: field required"),
        ('{"query": "x", "article_id": "a", "k": 0}', "canaries.jsonl:1: k: input should be greater"),
    ],
)
def test_canary_that_cannot_be_read_is_found_before_the_work(
    night: Night, store: StoreLayout, line: str, reason: str
) -> None:
    night(HARBOUR)
    store.canaries.write_text(line, encoding="utf-8")
    with pytest.raises(StoreError, match=reason):
        night(article("unreadable", ""))


@pytest.mark.slow
def test_recall_under_the_limit_is_a_reason(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.gate.recall_of_rows", lambda _rows, _scores: 0.5)
    with pytest.raises(GateFailed, match=r"recall@10 of exact for en is 0.500, under 0.95 \(--min-recall\)"):
        night(HARBOUR)


@pytest.mark.slow
def test_file_that_changes_between_writing_and_publishing_is_a_reason(
    night: Night, store: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = night(HARBOUR).manifest.version
    write = write_manifest

    def write_and_damage(path: Path, manifest: Any) -> None:
        write(path, manifest)
        neutral = path.with_name("neutral.npz")
        neutral.write_bytes(neutral.read_bytes()[:-1])

    monkeypatch.setattr(building, "write_manifest", write_and_damage)
    with pytest.raises(GateFailed, match=r"neutral\.npz is damaged"):
        night(HARBOUR)
    assert current_version(store) == good
    check_version(store, good)


@pytest.mark.slow
def test_only_the_last_rejected_version_is_kept(night: Night, store: StoreLayout) -> None:
    night(*many(10))
    for _ in range(2):
        with pytest.raises(GateFailed):
            night(*many(3), limits=Limits(max_shrink=0.2))
    assert len([path for path in store.rejected.iterdir() if path.is_dir()]) == 1
