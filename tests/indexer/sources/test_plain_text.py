from pathlib import Path

import pytest

from indexer.snapshot.article import Article
from indexer.sources.plain_text import read_plain_text
from indexer.sources.reject import Reject


def _read(folder: Path, content: bytes) -> Article | Reject:
    path = folder / "news.txt"
    path.write_bytes(content)
    return read_plain_text(path, "world/news")


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
    assert _read(tmp_path, content.encode()) == Reject(str(tmp_path / "news.txt"), None, "text: is blank")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Caf\xe9 society\nText.", "not UTF-8: byte 0xe9 at offset 3"),
        ("خبر".encode("cp1256"), "not UTF-8: byte 0xce at offset 0"),  # "news" in the Windows code page of Arabic
        ("\ufeffTalks".encode("utf-16-le"), "not UTF-8: byte 0xff at offset 0"),
        (b"cut in a letter \xd8", "not UTF-8: byte 0xd8 at offset 16"),
        (b"\xef\xbb\xbfab\xff", "not UTF-8: byte 0xff at offset 5"),
    ],
)
def test_another_encoding_is_told_by_its_first_byte(tmp_path: Path, content: bytes, reason: str) -> None:
    assert _read(tmp_path, content) == Reject(str(tmp_path / "news.txt"), None, reason)


def test_a_missing_file_surfaces(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_plain_text(tmp_path / "gone.txt", "gone")
