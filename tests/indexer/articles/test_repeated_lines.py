"""What a source repeats is left out, and news that several articles tell is not."""

from collections.abc import Sequence

from indexer.articles.repeated_lines import MIN_ARTICLES, RepeatedLines
from indexer.reporting.report import RepeatedLine
from indexer.snapshot.content.article import Article
from tests.conftest import make_article

POLICY = "التعليقات المنشورة لا تعبر إلا عن رأي أصحابها."
MORE = "Continue reading..."


def cleaned(articles: Sequence[Article]) -> tuple[list[Article], RepeatedLines]:
    lines = RepeatedLines()
    for article in articles:
        lines.add(article)
    counted = [lines.count(article) for article in articles]
    return [
        lines.without(article) if has_some else article for article, has_some in zip(articles, counted, strict=True)
    ], lines


def news(number: int, *more: str, source: str | None = "Post") -> Article:
    own = (f"وصلت السفينة رقم {number} إلى الميناء.", f"Ship {number} carries wheat.")
    return make_article(f"{source}-{number}", "ar", *own, *more, source=source, title=f"سفينة {number}")


def test_what_a_source_repeats_is_left_out_and_named() -> None:
    articles = [news(n, POLICY, *([MORE] if n % 2 else [])) for n in range(30)]
    kept, lines = cleaned(articles)
    assert [article.blocks for article in kept] == [news(n).blocks for n in range(30)]
    assert RepeatedLine("Post", POLICY, 30) in lines.left_out
    assert lines.left_out[0].articles >= lines.left_out[1].articles


def test_spelling_marks_do_not_hide_a_repetition() -> None:
    articles = [news(n, POLICY if n % 2 else f"\u200f{POLICY.replace('رأي', 'رأيـ')}") for n in range(20)]
    assert all(len(article.blocks) == 2 for article in cleaned(articles)[0])


def test_few_articles_other_sources_and_small_shares_prove_nothing() -> None:
    few = [news(n, MORE) for n in range(MIN_ARTICLES - 1)]
    assert cleaned(few)[0] == few
    spread = [news(n, MORE, source=f"Paper {n % 5}") for n in range(40)]
    assert cleaned(spread)[0] == spread
    rare = [news(n, *([MORE] if n < MIN_ARTICLES else [])) for n in range(21 * MIN_ARTICLES)]
    assert cleaned(rare)[0] == rare


def test_copies_of_an_article_keep_their_lines() -> None:
    copies = [
        make_article(f"c{n}", "en", "The port is closed.", "Ships wait outside.", source="Post") for n in range(40)
    ]
    assert cleaned(copies)[0] == copies


def test_an_article_of_nothing_else_keeps_its_lines() -> None:
    articles = [news(n, MORE) for n in range(20)] + [make_article("only", "en", MORE, source="Post")]
    assert cleaned(articles)[0][-1].blocks == (MORE,)


def test_long_text_is_never_boilerplate() -> None:
    background = "The strait carries a fifth of the oil of the world. " * 7
    articles = [news(n, background.strip()) for n in range(20)]
    assert cleaned(articles)[0] == articles


def test_without_a_source_the_host_of_the_address_counts() -> None:
    articles = [news(n, MORE, source=None) for n in range(20)]
    kept, lines = cleaned(articles)
    assert all(len(article.blocks) == 2 for article in kept)
    assert lines.left_out == [RepeatedLine("example.org", MORE, 20)]
