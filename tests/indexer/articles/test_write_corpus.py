"""Articles in a build: languages of paragraphs, near-duplicates, and the report on both."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from indexer.build import BuildResult, Recipe, build
from indexer.encoders.model_card import MODEL_CARD
from indexer.reporting.progress import Reporter
from indexer.reporting.report import DuplicateCounts
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import open_snapshot
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search

Builder = Callable[..., BuildResult]

ENGLISH = "The harbour was closed on Sunday because of a storm off the coast."
ARABIC = "أغلقت السلطات الميناء يوم الأحد بسبب عاصفة قبالة الساحل الشرقي للبلاد."


def record(article_id: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": article_id, "text": text, **fields}


THREE = (
    record("a", ARABIC),
    record("b", "A museum in the capital opens its new wing to visitors next month."),
    record("c", ENGLISH),
)


@pytest.fixture
def run(tmp_path: Path, tiny_model: Path) -> Builder:
    """Return a build of records into tmp_path / "store" with the tiny model."""

    def run_build(*records: dict[str, Any]) -> BuildResult:
        source = tmp_path / "in.jsonl"
        source.write_text("".join(json.dumps(one) + "\n" for one in records), encoding="utf-8")
        reporter = Reporter(Console(file=io.StringIO()))
        return build([source], tmp_path / "store", reporter, recipe=Recipe(str(tiny_model)))

    return run_build


def test_a_mixed_article_is_indexed_paragraph_by_paragraph(run: Builder, tmp_path: Path) -> None:
    english = "The minister told reporters on Tuesday that talks would go on until an agreement was reached by all."
    dutch = "De minister zei dinsdag tegen verslaggevers dat de gesprekken doorgaan tot er een akkoord is bereikt."
    mixed = record("m", f"{ARABIC}\n{english}\n{dutch}", language="ar")
    result = run(*THREE, mixed)
    assert result.manifest.counts.paragraphs_by_language == {"ar": 2, "en": 3, "nl": 1}
    assert result.report.languages == {"ar": 2, "en": 2}
    assert result.report.paragraph_languages == {"en": 3, "ar": 2, "nl": 1}
    with open_snapshot(tmp_path / "store") as snapshot:
        hits = search(snapshot, Query(TextTarget("minister talks"), filters=Filters(languages=("en",)))).hits
        assert {hit.paragraph.language for hit in hits} == {"en"}
        assert [hit.paragraph.text for hit in hits if hit.article.id == "m"] == [english]


def test_languages_that_the_model_does_not_know_are_counted(run: Builder, tiny_model: Path) -> None:
    articles = (*THREE, record("d", "Een artikel.", language="nl"))
    card = tiny_model / MODEL_CARD
    assert run(*articles).report.unknown_languages is None
    card.write_text("---\nlanguage: [ar, en]\n---\n", encoding="utf-8")
    try:
        assert run(*articles).report.unknown_languages == {"nl": 1}
    finally:
        card.unlink()


def test_near_duplicates_are_marked_and_reported(run: Builder, tmp_path: Path) -> None:
    copies = [record("e", ENGLISH.upper()), record("f", f"{ENGLISH} It is open again.")]
    result = run(*THREE, *copies)
    assert result.report.duplicates == DuplicateCounts(stories=1, copies=2, exact=1)
    with open_snapshot(tmp_path / "store") as snapshot:
        assert snapshot.corpus.columns.story.tolist() == [0, 1, 2, 2, 2]


def test_names_of_a_source_in_capitals_and_with_spaces_are_one_source(run: Builder, tmp_path: Path) -> None:
    names = ("Gulf News", "gulf  news", "Gulf News", "GULF NEWS", "الشرق الأوسط", "الشرق\u200f الأوسط")
    texts = (ARABIC, ENGLISH, THREE[1]["text"], "Wheat is dear.", "Oil is cheap again.", "ارتفع سعر القمح في بغداد.")
    run(*(record(str(n), text, source=name) for n, (text, name) in enumerate(zip(texts, names, strict=True))))
    with open_snapshot(tmp_path / "store") as snapshot:
        assert sorted(snapshot.corpus.columns.sources.shown) == ["Gulf News", "الشرق الأوسط"]
        for asked, n in (("gulf news", 4), (" Gulf News", 4), ("الشرق الأوسط", 2)):
            filters = Filters(sources=(asked,))
            assert len(search(snapshot, Query(TextTarget("news"), filters=filters)).hits) == n
            assert snapshot.filters.warnings(filters) == ()
        assert snapshot.filters.warnings(Filters(sources=("Gulf",))) == ("source: no article has 'Gulf'",)
