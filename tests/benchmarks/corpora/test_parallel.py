"""Reading parallel corpora in small files."""

import json
from pathlib import Path

from benchmarks.corpora.parallel import Document, read_flores, read_ntrex


def test_ntrex_gives_headlines_and_middle_paragraphs(tmp_path: Path) -> None:
    lines = [
        {"id": f"n-{language}", "title": f"title {language}", "text": "\n\n".join(f"{language} {n}" for n in range(3))}
        for language in ("en", "ar")
    ]
    (tmp_path / "articles.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    corpus = read_ntrex(tmp_path)
    assert corpus.documents == [
        Document(
            "n",
            {"en": ["en 0", "en 1", "en 2"], "ar": ["ar 0", "ar 1", "ar 2"]},
            {"en": "title en", "ar": "title ar"},
        )
    ]
    asked = {query.id: (query.task, query.language, query.text, query.line) for query in corpus.queries}
    assert asked == {
        "n-h-en": ("headline", "en", "title en", 0),
        "n-h-ar": ("headline", "ar", "title ar", 0),
        "n-c-en": ("code-switched", "und", "title ar", 0),  # the first word of "title en", the last of "title ar"
        "n-c-ar": ("code-switched", "und", "title en", 0),
        "n-p-en": ("paragraph", "en", "en 1", 1),
        "n-p-ar": ("paragraph", "ar", "ar 1", 1),
    }


def test_flores_gives_the_sentence_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_text('{"id": "f", "url": "u", "en": "a b c", "ar": "d e f"}\n', encoding="utf-8")
    sentences = [{"url": "u", "en": en, "ar": ar} for en, ar in (("a", "d"), ("b", "e"), ("c", "f"))]
    (tmp_path / "sentences.jsonl").write_text("\n".join(map(json.dumps, sentences)), encoding="utf-8")
    assert [(query.text, query.document) for query in read_flores(tmp_path).queries] == [("b", "f"), ("e", "f")]
