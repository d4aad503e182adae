from pathlib import Path

import pytest

from indexer.snapshot.content.article import Article
from indexer.sources.formats.format import UnreadFile
from indexer.sources.parsing.reject import Reject
from indexer.sources.walk import read_sources


def _read(folder: Path, content: bytes) -> Article | Reject:
    path = folder / "world" / "news.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (item,) = read_sources([folder])
    assert not isinstance(item, UnreadFile)
    return item if isinstance(item, Reject) else item.article


@pytest.mark.parametrize(
    "content",
    [
        "Talks begin\nThey met on Monday.\nReactions\nOil rose.",
        "\ufeffTalks begin\r\n\r\nThey met on Monday.\r\nReactions\r\nOil rose.\r\n",
        "\n \t\nTalks begin\n\n\nThey met on Monday.\n  Reactions  \nOil rose.\n\n",
        "Talks begin\rThey met on Monday.\rReactions\rOil rose.",
        "Talks  begin\n\x00\nThey met on Mon\x00day.\nReactions\nOil rose.",
    ],
    ids=["plain", "bom-crlf", "gaps", "old-mac", "nul-bytes"],
)
def test_the_first_line_is_the_title_and_the_others_the_body(tmp_path: Path, content: str) -> None:
    assert _read(tmp_path, content.encode()) == Article(
        id="world/news",
        language="en",
        blocks=("They met on Monday.", "Reactions", "Oil rose."),
        title="Talks begin",
    )


def test_arabic_is_stored_as_published(tmp_path: Path) -> None:
    # Title "earthquake in Morocco"; the body has a stretched word, a doubling sign and Arabic digits.
    assert _read(tmp_path, "زلزال في المغرب\n«الأخبـــار» وقَّعت ٢٠٢٥.".encode()) == Article(
        id="world/news", language="ar", blocks=("«الأخبـــار» وقَّعت ٢٠٢٥.",), title="زلزال في المغرب"
    )


@pytest.mark.parametrize(
    "content", [b"They met on Monday.", b"\n\nThey met on Monday.\n", b"\x00\nThey met on Monday."]
)
def test_a_single_line_is_an_article_without_a_title(tmp_path: Path, content: bytes) -> None:
    assert _read(tmp_path, content) == Article(id="world/news", language="en", blocks=("They met on Monday.",))


@pytest.mark.parametrize("nothing", [b"\x00", b" \x00\x07 ", b"\x1b"])
def test_a_line_of_control_characters_is_no_title(tmp_path: Path, nothing: bytes) -> None:
    article = _read(tmp_path, nothing + b"\nTalks begin\nThey met on Monday.")
    assert isinstance(article, Article)
    assert article.title == "Talks begin"


@pytest.mark.parametrize("content", ["", "\ufeff", "\n \n", "\x00\x00", "…\n***", "Talks begin\n—"])
def test_a_file_without_words_in_its_body_is_a_reject(tmp_path: Path, content: str) -> None:
    assert _read(tmp_path, content.encode()) == Reject(str(tmp_path / "world" / "news.txt"), None, "text: is blank")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Café society\nA text on cafés, and on those who sat in them.".encode("cp1252"), "A text on cafés"),
        ("خبر\nقال الوزير إن المحادثات في العاصمة تستمر على الرغم من كل شيء.".encode("cp1256"), "قال الوزير"),
        ("Talks\nThey met on Monday.".encode("utf-16"), "They met"),
        ("Talks\nThey met on Monday, قالوا".encode() + b"\xd8", "They met"),  # cut in the middle of a letter
    ],
    ids=["windows-1252", "windows-1256", "utf-16", "cut"],
)
def test_other_encodings_are_read(tmp_path: Path, content: bytes, text: str) -> None:
    article = _read(tmp_path, content)
    assert isinstance(article, Article)
    assert article.blocks[0].startswith(text)
