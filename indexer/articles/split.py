"""From the lines of an article to the paragraphs that are searched; pure functions.

A line is a subheading or a paragraph. A subheading becomes the `section` of what follows; too
short paragraphs are joined to a neighbour of their section, too long ones are split where a
sentence ends. Nothing is lost: sections and paragraphs together give back every word.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from indexer.snapshot.content.article import Article, Paragraph, paragraph_id
from indexer.snapshot.text.language import detect_paragraph_language
from indexer.snapshot.text.normalisation import for_encoder

TokenCounter = Callable[[str], int]

SPLIT_REVISION = 2
"""Raised whenever the rules below change: articles that are published are split anew then."""

_KEY_HEX = 32
_HEADING_WORDS = 12
_HEADING_CHARS = 90
_SHORT_WORDS = 10

# What may end a paragraph of prose: sentence ends of both scripts, then closing quotes and
# brackets. A question mark is left out: "What happens next?" is a common subheading.
_CLOSED = re.compile(r"[.!…۔:;؛،,][\"'”’»›)\]]*$")

# Break points from the best to the worst: after a sentence, after a clause, between words.
# "؟", "؛" and "،" are the Arabic question mark, semicolon and comma; "۔" is the Urdu full stop.
_BREAKS = (
    re.compile(r"(?<=[.!?…؟۔])[\"'”’»›)\]]*\s+"),
    re.compile(r"(?<=[,;:،؛])\s+|\s+(?=[—–-]\s)"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A paragraph to be, under the `place`-th subheading (0: under none)."""

    place: int
    section: str | None
    text: str


def split_article(article: Article, *, count_tokens: TokenCounter, max_tokens: int) -> list[Paragraph]:
    """Return the paragraphs of an article; none of its blocks (its lines) is blank.

    Each is in the article's language unless it is surely in another one.

    No paragraph is longer than `max_tokens` as `count_tokens` counts them, unless one unbroken
    run of characters is; such a run is cut between characters.
    """
    parts = [
        _Part(part.place, part.section, piece)
        for part in _join_short(_sections(article.blocks), count_tokens, max_tokens)
        for piece in split_long(part.text, count_tokens=count_tokens, max_tokens=max_tokens)
    ]
    seen: dict[str, int] = {}
    paragraphs = []
    for position, part in enumerate(parts, start=1):
        folded = for_encoder(part.text)  # ids are made of folded texts
        occurrence = seen[folded] = seen.get(folded, -1) + 1
        paragraphs.append(
            Paragraph(
                paragraph_id(article.id, part.text, occurrence),
                position,
                part.section,
                part.text,
                detect_paragraph_language(part.text, article.language),
            )
        )
    return paragraphs


def split_key(blocks: Sequence[str], language: str, max_tokens: int) -> str:
    """Return a digest of all that paragraphs depend on, for one encoder: equal keys, equal paragraphs."""
    content = repr((SPLIT_REVISION, max_tokens, language, tuple(blocks)))
    digest = hashlib.sha256(content.encode("utf-8", "replace"))
    return digest.hexdigest()[:_KEY_HEX]


def blocks_of(paragraphs: Iterable[Paragraph]) -> tuple[str, ...]:
    """Return lines from which `split_article` makes paragraphs like these, every word of them included.

    Not always the very lines they once came from: a long one stays in the pieces it was split into.
    """
    blocks: list[str] = []
    section = None
    for paragraph in paragraphs:
        if paragraph.section is not None and paragraph.section != section:
            blocks.append(paragraph.section)
        section = paragraph.section
        blocks += paragraph.text.splitlines()
    return tuple(blocks)


def is_heading(line: str) -> bool:
    """Whether a line reads like a subheading: short, with letters, no closing punctuation."""
    return (
        len(line) <= _HEADING_CHARS
        and len(line.split()) <= _HEADING_WORDS
        and any(map(str.isalpha, line))
        and not _CLOSED.search(line)
    )


def _sections(blocks: Sequence[str]) -> list[_Part]:
    """Pair every paragraph with the subheading it stands under.

    A line is a subheading only when a paragraph follows directly: of several heading-like lines in
    a row (a list, a poem, a byline) only the last heads anything, and at the end none does.
    """
    parts = []
    place, section = 0, None
    for block, following in zip_longest(blocks, blocks[1:]):
        if following is not None and is_heading(block) and not is_heading(following):
            place, section = place + 1, block
        else:
            parts.append(_Part(place, section, block))
    return parts


def _join_short(parts: Iterable[_Part], count_tokens: TokenCounter, max_tokens: int) -> list[_Part]:
    """Join a paragraph of under ten words to the one before it, or else to the one after it.

    Only within a section, and only where the two fit into one passage.
    """
    joined: list[_Part] = []
    for part in parts:
        before = joined[-1] if joined else None
        if before is not None and before.place == part.place and (_is_short(before.text) or _is_short(part.text)):
            text = f"{before.text}\n{part.text}"
            if count_tokens(text) <= max_tokens:
                joined[-1] = _Part(part.place, part.section, text)
                continue
        joined.append(part)
    return joined


def _is_short(text: str) -> bool:
    return len(text.split(maxsplit=_SHORT_WORDS)) < _SHORT_WORDS


def split_long(text: str, *, count_tokens: TokenCounter, max_tokens: int) -> list[str]:
    """Return `text` in few pieces of at most `max_tokens`, of about equal length.

    Pieces end where sentences end, else where clauses end, else between words.
    """
    if len(for_encoder(text).encode()) < max_tokens:  # no tokenizer makes more tokens than there are bytes
        return [text]
    total = count_tokens(text)
    if total <= max_tokens:
        return [text]
    # Aiming at equal shares avoids a last piece of three words; it may take one piece more.
    n_pieces = -(-total // max_tokens)
    target = min(max_tokens, -(-total // n_pieces) + max_tokens // 10)
    return list(_packed(_units(text, count_tokens, max_tokens, level=0), count_tokens, target, max_tokens))


_Unit = tuple[str, str]
"""What stands between a piece of text and the one before it, and the piece itself."""


def _units(text: str, count_tokens: TokenCounter, max_tokens: int, level: int) -> Iterator[_Unit]:
    """Yield the smallest pieces that need no finer break than `level` to fit."""
    if count_tokens(text) <= max_tokens:
        yield " ", text
    elif level == len(_BREAKS):
        first, *others = _cut(text, count_tokens, max_tokens)
        yield " ", first
        yield from (("", other) for other in others)
    else:
        for piece in _pieces(_BREAKS[level], text):
            yield from _units(piece, count_tokens, max_tokens, level + 1)


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Split after each match, white space dropped; closing quotes stay with what they close."""
    start = 0
    for match in pattern.finditer(text):
        end = match.start() + len(match.group().rstrip())
        if text[start:end].strip():
            yield text[start:end].strip()
        start = end
    if text[start:].strip():
        yield text[start:].strip()


def _cut(run: str, count_tokens: TokenCounter, max_tokens: int) -> Iterator[str]:
    """Cut one unbroken run of characters in halves until each fits."""
    if len(run) < 2 or count_tokens(run) <= max_tokens:
        yield run
        return
    middle = len(run) // 2
    yield from _cut(run[:middle], count_tokens, max_tokens)
    yield from _cut(run[middle:], count_tokens, max_tokens)


def _packed(units: Iterable[_Unit], count_tokens: TokenCounter, target: int, max_tokens: int) -> Iterator[str]:
    """Put units together until a piece reaches `target`, never beyond `max_tokens`."""
    piece = ""
    for between, unit in units:
        longer = f"{piece}{between}{unit}" if piece else unit
        if piece and count_tokens(longer) > min(target, max_tokens):
            yield piece
            piece = unit
        else:
            piece = longer
    if piece:
        yield piece
