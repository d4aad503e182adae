"""From the lines of an article to the paragraphs that are searched; pure functions.

A line is a subheading or a paragraph. A subheading becomes the `section` of the paragraphs that follow it. A short
paragraph is joined to a neighbour in the same section; a long one is split where a sentence ends. No word is lost:
sections and paragraphs together contain them all, in order.
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
"""The number of tokens of a text, without prompt and special tokens."""

SPLIT_REVISION = 3
"""Increase it whenever the rules below change; builds then split published articles again."""

_KEY_HEX = 32
_HEADING_WORDS = 12
_HEADING_CHARS = 90
_SHORT_WORDS = 10
_TINY_WORDS = 3

# The end of a paragraph of prose: a punctuation mark of either script, then closing quotes and brackets. The question
# mark is not included: "What happens next?" is a common subheading.
_PROSE_END = re.compile(r"[.!…۔:;؛،,][\"'”’»›)\]]*$")

# Break points, the best ones first: after a sentence, after a clause, between words. "؟", "؛" and "،" are the Arabic
# question mark, semicolon and comma; "۔" is the Urdu full stop.
_BREAKS = (
    re.compile(r"(?<=[.!?…؟۔])[\"'”’»›)\]]*\s+"),
    re.compile(r"(?<=[,;:،؛])\s+|(?<!\s)\s+(?=[—–-]\s)"),  # from the first space on: each run is read once
    re.compile(r"\s+"),
)


@dataclass(frozen=True, slots=True)
class ParagraphLimit:
    """A paragraph has at most `max_tokens` tokens, as `count_tokens` counts them."""

    max_tokens: int
    count_tokens: TokenCounter

    def allows(self, text: str) -> bool:
        """Return whether a text is short enough for a paragraph."""
        return self.count_tokens(text) <= self.max_tokens


@dataclass(frozen=True, slots=True)
class _Draft:
    """Text that will become one or more paragraphs, under subheading number `heading` (0: none)."""

    heading: int
    section: str | None
    text: str


def split_article(article: Article, limit: ParagraphLimit) -> list[Paragraph]:
    """Return the paragraphs of an article, whose blocks (lines) must not be blank.

    A paragraph has the article's language unless another one is detected with confidence. Text without white space
    that is over the limit is cut between characters; only a single character may exceed the limit.
    """
    drafts = [
        _Draft(draft.heading, draft.section, piece)
        for draft in _join_short(_drafts(article.blocks), limit)
        for piece in split_long(draft.text, limit)
    ]
    seen: dict[str, int] = {}
    paragraphs = []
    for position, draft in enumerate(drafts, start=1):
        folded = for_encoder(draft.text)  # ids are digests of folded texts
        occurrence = seen[folded] = seen.get(folded, -1) + 1
        paragraphs.append(
            Paragraph(
                paragraph_id(article.id, draft.text, occurrence),
                position,
                draft.section,
                draft.text,
                detect_paragraph_language(draft.text, article.language),
            )
        )
    return paragraphs


def split_key(blocks: Sequence[str], language: str, max_tokens: int) -> str:
    """Return a digest of everything that paragraphs depend on: for one encoder, equal keys mean equal paragraphs."""
    content = repr((SPLIT_REVISION, max_tokens, language, tuple(blocks)))
    digest = hashlib.sha256(content.encode("utf-8", "replace"))
    return digest.hexdigest()[:_KEY_HEX]


def blocks_from_paragraphs(paragraphs: Iterable[Paragraph]) -> tuple[str, ...]:
    """Return lines that contain every word of the paragraphs, for `split_article` to split again.

    They may differ from the original lines: the pieces of a long line stay apart.
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
    """Return whether a line looks like a subheading: short, with letters, without punctuation at its end."""
    return (
        len(line) <= _HEADING_CHARS
        and len(line.split()) <= _HEADING_WORDS
        and any(map(str.isalpha, line))
        and not _PROSE_END.search(line)
    )


def _drafts(blocks: Sequence[str]) -> list[_Draft]:
    """Pair every paragraph with its subheading.

    A line is a subheading only if a paragraph follows it directly. Of several lines in a row that look like
    subheadings (a list, a poem, a byline) only the last one is, and at the end none.
    """
    drafts = []
    number, section = 0, None
    for block, following in zip_longest(blocks, blocks[1:]):
        if following is not None and is_heading(block) and not is_heading(following):
            number, section = number + 1, block
        else:
            drafts.append(_Draft(number, section, block))
    return drafts


def _join_short(drafts: Iterable[_Draft], limit: ParagraphLimit) -> list[_Draft]:
    """Join a paragraph of fewer than ten words to the one before it, or else to the one after it.

    Both must be in the same section and fit into one passage together. One of fewer than three words says nothing by
    itself, and is near many queries: it joins the one before it with its subheading, if it is alone in its section.
    """
    joined: list[_Draft] = []
    for draft in drafts:
        before = joined[-1] if joined else None
        if before and before.heading == draft.heading and (_is_short(before.text) or _is_short(draft.text)):
            text = f"{before.text}\n{draft.text}"
            if limit.allows(text):
                joined[-1] = _Draft(draft.heading, draft.section, text)
                continue
        joined.append(draft)
    return _join_tiny(joined, limit)


def _join_tiny(drafts: Iterable[_Draft], limit: ParagraphLimit) -> list[_Draft]:
    joined: list[_Draft] = []
    for draft in drafts:
        if joined and _is_short(draft.text, _TINY_WORDS):
            before = joined[-1]
            lines = [before.text, draft.text]
            if draft.section is not None and draft.heading != before.heading:
                lines.insert(1, draft.section)
            text = "\n".join(lines)
            if limit.allows(text):
                joined[-1] = _Draft(before.heading, before.section, text)
                continue
        joined.append(draft)
    return joined


def _is_short(text: str, n_words: int = _SHORT_WORDS) -> bool:
    return len(text.split(maxsplit=n_words)) < n_words


def split_long(text: str, limit: ParagraphLimit) -> list[str]:
    """Split `text` into few pieces of similar length within the limit.

    Pieces end at the end of a sentence, else of a clause, else of a word.
    """
    max_tokens = limit.max_tokens
    if len(for_encoder(text).encode()) < max_tokens:  # a tokenizer never makes more tokens than bytes
        return [text]
    total = limit.count_tokens(text)
    if total <= max_tokens:
        return [text]
    # Equal shares avoid a last piece of three words; they may need one piece more.
    n_pieces = -(-total // max_tokens)
    target = min(max_tokens, -(-total // n_pieces) + max_tokens // 10)
    return list(_pack_units(_units(text, limit, level=0), ParagraphLimit(target, limit.count_tokens)))


_Unit = tuple[str, str]
"""The separator before a piece of text ("" or " "), and the piece."""


def _units(text: str, limit: ParagraphLimit, level: int) -> Iterator[_Unit]:
    """Yield pieces within the limit, broken at `level` of `_BREAKS` and at finer levels only where needed."""
    if limit.allows(text):
        yield " ", text
    elif level == len(_BREAKS):
        first, *others = _halve(text, limit)
        yield " ", first
        yield from (("", other) for other in others)
    else:
        for piece in _pieces(_BREAKS[level], text):
            yield from _units(piece, limit, level + 1)


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Split after each match and drop white space; closing quotes stay with the sentence that they close."""
    start = 0
    for match in pattern.finditer(text):
        end = match.start() + len(match.group().rstrip())
        if text[start:end].strip():
            yield text[start:end].strip()
        start = end
    if text[start:].strip():
        yield text[start:].strip()


def _halve(text: str, limit: ParagraphLimit) -> Iterator[str]:
    """Cut text without white space into halves until each piece fits."""
    if len(text) < 2 or limit.allows(text):
        yield text
        return
    middle = len(text) // 2
    yield from _halve(text[:middle], limit)
    yield from _halve(text[middle:], limit)


def _pack_units(units: Iterable[_Unit], target: ParagraphLimit) -> Iterator[str]:
    """Join units to pieces as long as the target allows; a unit that is longer is a piece of its own."""
    piece = ""
    for separator, unit in units:
        longer = f"{piece}{separator}{unit}" if piece else unit
        if piece and not target.allows(longer):
            yield piece
            piece = unit
        else:
            piece = longer
    if piece:
        yield piece
