"""What examples are made of files and of a corpus."""

import gzip
from pathlib import Path

import pytest

from indexer.encoders.student.examples import Example, ExampleSource, TrainingText, corpus_sources, read_sources
from indexer.snapshot.errors import UsageError
from indexer.snapshot.reader import Snapshot


def sources(
    tmp_path: Path, *, queries: str = "", pairs: str = "", terms: str = "", seed: int = 0
) -> dict[str, ExampleSource]:
    paths = {name: tmp_path / f"{name}.txt" for name in ("queries", "pairs", "terms")}
    given = {"queries": queries, "pairs": pairs, "terms": terms}
    for name, content in given.items():
        paths[name].write_text(content, encoding="utf-8")
    files = {name: [paths[name]] if given[name] else [] for name in given}
    read = read_sources(files["queries"], files["pairs"], files["terms"], seed)
    return {source.name: source for source in read}


def test_built_in_queries_are_always_there(tmp_path: Path) -> None:
    (source,) = sources(tmp_path).values()
    assert source.name == "built-in queries"
    assert {example.text.language for example in source.examples} == {"ar", "en"}


def test_queries_are_examples_without_a_translation(tmp_path: Path) -> None:
    found = sources(tmp_path, queries="who sank the ferry\nمن أغرق العبارة؟\n\nwho sank the ferry\n")["queries.txt"]
    assert found.examples == [
        Example(TrainingText("who sank the ferry", "en")),
        Example(TrainingText("من أغرق العبارة؟", "ar")),
    ]


def test_pairs_go_both_ways_with_capitals_for_names(tmp_path: Path) -> None:
    pairs = sources(tmp_path, pairs="merkel\tميركل\t7\noil field\tحقل نفطي\n")["pairs.txt"]
    merkel, in_arabic = TrainingText("Merkel", "en"), TrainingText("ميركل", "ar")
    assert pairs.examples[:2] == [Example(merkel, in_arabic), Example(in_arabic, merkel, is_pivot=False)]
    assert [example.text.text for example in pairs.examples[2:]] == ["Oil Field", "حقل نفطي"]


def test_half_of_the_arabic_terms_get_the_article(tmp_path: Path) -> None:
    lines = "".join(f"thing{n}\tشيء{n}\n" for n in range(400))
    terms = [example.text.text for example in sources(tmp_path, terms=lines)["terms.txt"].examples[1::2]]
    assert 150 < sum(text.startswith("ال") for text in terms) < 250
    bare = [example.text.text for example in sources(tmp_path, pairs=lines)["pairs.txt"].examples[1::2]]
    assert not any(text.startswith("ال") for text in bare)


def test_short_pairs_become_phrases_that_say_the_same_in_both_languages(tmp_path: Path) -> None:
    phrases = sources(tmp_path, pairs="cairo\tالقاهرة\nparis\tباريس\n")["phrases with pairs.txt"]
    names = {"Cairo": "القاهرة", "Paris": "باريس"}
    assert len(phrases.examples) == 2 * 4 * 2  # four phrases a pair, each in both directions
    for example in phrases.examples[::2]:
        assert example.translation is not None
        assert example.text.language == "en"
        for name, in_arabic in names.items():
            assert (name in example.text.text) == (in_arabic in example.translation.text)


def test_sentence_pairs_become_longer_texts(tmp_path: Path) -> None:
    lines = "".join(f"This is sentence number {n} of all.\tهذه هي الجملة رقم {n} من كل الجمل.\n" for n in range(20))
    passages = sources(tmp_path, pairs=lines)["passages of pairs.txt"]
    longest = max(passages.examples, key=lambda example: len(example.text.text))
    assert longest.text.text.count("sentence") >= 3 or longest.text.text.count("الجملة") >= 3
    assert max(len(example.text.text.split()) for example in passages.examples) <= 40


def test_long_lines_give_pieces(tmp_path: Path) -> None:
    line = " ".join(f"word{n}" for n in range(30))
    (piece,) = sources(tmp_path, queries=line)["pieces of queries.txt"].examples
    assert piece.text.text in line
    assert 1 <= len(piece.text.text.split()) <= 10


def test_equal_seeds_give_equal_examples(tmp_path: Path) -> None:
    lines = "".join(f"thing{n}\tشيء{n}\n" for n in range(50))
    assert sources(tmp_path, terms=lines) == sources(tmp_path, terms=lines)
    assert sources(tmp_path, terms=lines) != sources(tmp_path, terms=lines, seed=1)


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("oil\tنفط\n", encoding="utf-8")
    names = [source.name for source in read_sources([], [path], [path], 0)[1:]]
    assert names == ["pairs.tsv", "phrases with pairs.tsv", "pairs.tsv (2)", "phrases with pairs.tsv (2)"]


def test_packed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "queries.txt.gz"
    path.write_bytes(gzip.compress("من هو".encode()))
    assert [example.text.language for example in read_sources([path], [], [], 0)[1].examples] == ["ar"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "has no text"),
        (b"\xc7\xe1\xce\xc8\xd1\n", "cannot be read as text in UTF-8"),
        (b"no tab here\n", "line 1: no tab"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"pairs\.tsv.*{problem}"):
        read_sources([], [path], [], 0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.txt cannot be read"):
        read_sources([tmp_path / "absent.txt"], [], [], 0)


def test_a_corpus_gives_headlines_and_pieces(snapshot: Snapshot) -> None:
    found = {source.name: source for source in corpus_sources(snapshot.corpus, seed=0)}
    titles = {stored.article.title for stored in snapshot.corpus.articles() if stored.article.title}
    assert titles <= {example.text.text for example in found["headlines"].examples}
    texts = " ".join(passage.text for passage in snapshot.corpus.passages())
    for example in found.get("pieces of paragraphs", ExampleSource("", [])).examples:
        assert example.text.text in texts
