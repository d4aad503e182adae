"""Articles of any number, made of real ones."""

from itertools import islice

from benchmarks.corpora.news import endless_news
from tests.conftest import make_article

NEWS = [
    make_article("a", "en", "one", "two", title="T", source="s"),
    make_article("b", "ar", "واحد", "اثنان", "ثلاثة"),
    make_article("c", "en", "three"),
]


def test_real_articles_come_first_and_others_are_made_of_their_paragraphs() -> None:
    first = list(islice(endless_news(NEWS), 9))
    assert first[:3] == NEWS
    assert len({article.id for article in first}) == 9
    assert [len(article.blocks) for article in first] == [2, 3, 1] * 3
    assert (first[3].title, first[3].source, first[3].language) == ("T", "s", "en")
    assert {block for article in first for block in article.blocks if article.language == "ar"} <= set(NEWS[1].blocks)
    assert {block for article in first for block in article.blocks if article.language == "en"} <= {
        "one", "two", "three",
    }  # fmt: skip
    assert first == list(islice(endless_news(NEWS), 9))
