"""Short queries: judged ones, those made of titles, and their misspellings."""

import gzip
import json
from pathlib import Path

from benchmarks.corpora.short import ShortQuery, folded, misspelt, read_pairs, read_short_queries, title_queries
from tests.conftest import ROOT


def query(text: str, language: str = "en") -> ShortQuery:
    return ShortQuery("q", "q", text, language, "name", frozenset({"a"}))


def test_the_articles_on_the_events_of_a_query_answer_it(tmp_path: Path) -> None:
    articles = [{"id": "a", "event": "flood"}, {"id": "b", "event": "flood"}, {"id": "c", "event": "fire"}]
    record = {"id": "s-en-1", "twin": "s-ar-1", "query": "dam", "language": "en", "kind": "term", "events": ["flood"]}
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(one) + "\n" for one in articles), encoding="utf-8")
    (tmp_path / "short_queries.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert read_short_queries(tmp_path) == [ShortQuery("s-en-1", "s-ar-1", "dam", "en", "term", frozenset({"a", "b"}))]


def test_a_corpus_without_short_queries_has_none(tmp_path: Path) -> None:
    assert read_short_queries(tmp_path) == []


def test_pairs_of_more_than_three_words_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv.gz"
    path.write_bytes(gzip.compress('cairo\tالقاهرة\t3\none two three four\tواحد\nsaid "no\tقال\n'.encode()))
    assert read_pairs(path) == [("cairo", "القاهرة"), ('said "no', "قال")]


def test_titles_with_either_text_as_whole_words_answer_both() -> None:
    titles = {
        "1": "Oil rises again",
        "2": "النفط يرتفع",
        "3": "Oilfield opened",
        "4": "OIL, gas and water",
        "5": "Gold",
    }
    pairs = [("oil", "النفط"), ("gold", "الذهب"), ("oil", "النفط")]
    english, arabic = title_queries(titles, pairs, "terms")
    assert english.article_ids == arabic.article_ids == {"1", "2", "4"}
    assert (english.text, arabic.text) == ("oil", "النفط")
    assert english.twin == arabic.twin
    # "gold" is in one title only, and the second "oil" is the first


def test_a_pair_in_nearly_every_title_is_left_out() -> None:
    titles = {str(number): "oil" for number in range(201)}
    assert title_queries(titles, [("oil", "النفط")], "terms") == []


def test_misspellings_change_what_they_say_and_keep_the_answers() -> None:
    spelt = misspelt([query("Erdogan"), query("أردوغان في القاهرة", "ar"), query("oil")])
    texts = {name: [each.text for each in some] for name, some in spelt.items()}
    assert texts == {
        "lower case": ["erdogan"],
        "upper case": ["ERDOGAN", "OIL"],
        "letters for others": ["اردوغان في القاهره"],
        "a letter dropped": ["Erdgan", "أردغان في القاهرة"],
    }
    assert all(each.article_ids == {"a"} for some in spelt.values() for each in some)


def test_lists_of_training_are_compared_without_case_and_article() -> None:
    assert folded("Oil  Field") == folded("oil field")
    assert folded("النفط الخام") == folded("نفط خام")


def test_no_list_of_training_has_the_held_out_terms() -> None:
    folder = ROOT / "data" / "query_encoder"
    texts = {
        name: {folded(text) for pair in read_pairs(folder / name) for text in pair}
        for name in ("news-terms.tsv", "held-out-terms.tsv")
    }
    assert len(texts["held-out-terms.tsv"]) > 300
    assert texts["held-out-terms.tsv"].isdisjoint(texts["news-terms.tsv"])
