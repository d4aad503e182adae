"""Articles like an article or like a text, and what is left out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.errors import ArticleNotFound
from indexer.snapshot.index.filters import Filters
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.opening import MAX_CHARS, MAX_WORDS, beginning, opening
from indexer.snapshot.search.query import ArticleTarget, Group, LongTextTarget, Query, Sort, TextTarget
from indexer.snapshot.search.search import search
from indexer.snapshot.search.understand import encode_text, understand
from indexer.snapshot.text.query_length import QueryLength
from tests.conftest import make_article
from tests.fakes import publish_fake_store

QUAKE = "An earthquake hit Morocco in the night and it left hundreds dead in the villages"

NEWS = (
    make_article("ar-quake", "ar", "زلزال قوي ضرب المغرب ليلا وخلف مئات القتلى في القرى الجبلية", title="زلزال"),
    make_article("en-canal", "en", "The canal was closed for six days while crews dug out the ship there."),
    make_article("en-copy", "en", f"{QUAKE}.", title="Earthquake in Morocco", published="2023-09-09"),
    make_article("en-moon", "en", "A probe reached the moon and sent its very first pictures home today."),
    make_article("en-quake", "en", f"{QUAKE}.", title="Earthquake", published="2023-09-08"),
    make_article("en-third", "en", "Aid for Morocco was slow after the earthquake that had hit it.", title="Aid"),
)


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    root: Path = tmp_path_factory.mktemp("news")
    publish_fake_store(root, NEWS)
    with open_snapshot(root) as snapshot:
        yield snapshot


def found(snapshot: Snapshot, query: Query) -> list[str]:
    return [hit.article.id for hit in search(snapshot, query).hits]


@pytest.mark.parametrize("group", list(Group))
def test_an_article_and_its_near_duplicates_are_not_similar_to_it(news: Snapshot, group: Group) -> None:
    assert news.corpus.columns.story.tolist() == [0, 1, 2, 3, 2, 5]
    for article_id in ("en-quake", "en-copy"):
        similar = found(news, Query(ArticleTarget(article_id), group=group))
        assert set(similar[:2]) == {"ar-quake", "en-third"}
        assert sorted(similar) == ["ar-quake", "en-canal", "en-moon", "en-third"]
    assert {"en-quake", "en-copy"} & set(found(news, Query(ArticleTarget("ar-quake"), group=group)))
    assert "ar-quake" not in found(news, Query(ArticleTarget("ar-quake"), group=group))


def test_filters_orders_and_pages_hold_for_similar_articles(news: Snapshot) -> None:
    query = Query(ArticleTarget("en-quake"))
    assert found(news, replace(query, filters=Filters(languages=("ar",)))) == ["ar-quake"]
    assert found(news, replace(query, filters=Filters(languages=("fr",)))) == []
    whole = found(news, query)
    assert [found(news, replace(query, k=1, offset=n)) for n in range(4)] == [[name] for name in whole]
    assert found(news, replace(query, sort=Sort.NEWEST)) == whole  # nobody else has a date
    hit = search(news, replace(query, n_paragraphs=3, highlight=True)).hits[0]
    assert hit.paragraphs is not None
    assert hit.highlights is not None


def test_a_cached_mask_is_not_changed_by_leaving_an_article_out(news: Snapshot) -> None:
    english = Filters(languages=("en",))
    before = found(news, Query(TextTarget("earthquake"), filters=english))
    found(news, Query(ArticleTarget("en-quake"), filters=english))
    assert found(news, Query(TextTarget("earthquake"), filters=english)) == before


def test_unknown_and_hidden_articles_are_errors(news: Snapshot) -> None:
    for snapshot, article_id in ((news, "nobody"), (news.without(["en-quake"]), "en-quake")):
        with pytest.raises(ArticleNotFound, match=f"no article '{article_id}' in this index"):
            search(snapshot, Query(ArticleTarget(article_id)))
    assert "en-quake" not in found(news.without(["en-quake"]), Query(ArticleTarget("en-third")))


def test_an_article_is_read_as_a_query_in_its_language(news: Snapshot) -> None:
    texts = []

    def encode(text: str) -> FloatArray:
        texts.append(text)
        return encode_text(news, text)

    understood = understand(news, ArticleTarget("ar-quake"), encode)
    assert (understood.language, understood.text) == ("ar", "زلزال")
    (text,) = texts
    assert text.startswith("زلزال. زلزال قوي ضرب المغرب")
    assert understand(news, ArticleTarget("ar-quake", "en")).language == "en"
    assert float(understood.vector @ understood.vector) == pytest.approx(1, abs=1e-5)


def test_a_text_is_a_target_in_either_language(news: Snapshot) -> None:
    assert found(news, Query(LongTextTarget("زلزال في المغرب ليلا. مئات القتلى في القرى.")))[0] == "ar-quake"
    assert found(news, Query(LongTextTarget(f"{QUAKE}. Aid was slow.")))[0] in {"en-quake", "en-copy", "en-third"}
    result = search(news, Query(LongTextTarget("The moon. " * 500), k=1))
    assert (result.hits[0].article.id, result.language) == ("en-moon", "en")
    assert result.text.startswith("The moon. The moon.")
    assert len(result.text) < 130


def test_a_short_text_is_a_query_like_any_other(news: Snapshot) -> None:
    like, query = understand(news, LongTextTarget("canal")), understand(news, TextTarget("canal"))
    assert like.length is query.length is QueryLength.SHORT
    assert like.vector.tolist() == query.vector.tolist()


def test_an_opening_is_the_title_and_whole_sentences() -> None:
    assert opening("It landed. It sent pictures.", "Moon landing") == "Moon landing. It landed. It sent pictures."
    assert opening("نعم.\nهبط المسبار.", "هل هبط؟") == "هل هبط؟ نعم. هبط المسبار."
    assert opening("moon") == "moon"
    assert opening("؟") == "؟"  # never nothing
    assert opening("؟\nIt landed.", " ") == "It landed."
    sentence = "Word " * 29 + "end."
    assert opening(f"{sentence} {sentence} {sentence}") == f"{sentence} {sentence}"


@pytest.mark.parametrize(
    "text", ["word " * 20_000, "x" * 60_000, "One. " * 9_000, "\n" * 9_000 + "end", "كلمة " * 9_000]
)
def test_an_opening_is_bounded(text: str) -> None:
    opened = opening(text)
    assert 0 < len(opened) <= MAX_CHARS
    assert 0 < len(opened.split()) <= MAX_WORDS
    assert set(opened.split()) <= {"x" * MAX_CHARS, *text.split()}


def test_the_beginning_is_one_line() -> None:
    assert beginning("One\n two") == "One two"
    assert beginning("word " * 100) == ("word " * 24).strip() + " …"
