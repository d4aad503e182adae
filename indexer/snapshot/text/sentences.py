"""Where the sentences of a text begin and end, in English and Arabic, in time that grows with the text alone.

A sentence ends at a mark of either script and white space after it, or at a line break. "؟" is the Arabic question
mark, "۔" the Urdu full stop. A full stop ends nothing after an initial ("J. Smith", "د. محمد", Dr Muhammad), inside
"U.S. Senate", after a title ("Gen. Smith"), or before a small letter. So a sentence that ends with such a word is
joined to the next one, which is better than half a name.
"""

import re

_MARKS = ".!?…؟۔"
_CLOSING = "\"'”’»›)\\]"

# Each run of marks is read once: a match begins at its first mark, and nothing read is given back.
_END = re.compile(rf"(?<![{_MARKS}])[{_MARKS}]++[{_CLOSING}]*+(?=\s)|\n")

_LONGEST_ABBREVIATION = 8
_TITLES = frozenset(
    ("capt", "col", "dr", "gen", "gov", "jr", "lt", "mr", "mrs", "ms", "prof", "rep", "rev", "sen", "sgt", "sr", "st")
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence in code points, in order, without white space around it."""
    ends = [match.end() for match in _END.finditer(text) if _is_end(text, match)]
    spans = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        sentence = text[start:end]
        begin = start + len(sentence) - len(sentence.lstrip())
        if stripped := sentence.strip():
            spans.append((begin, begin + len(stripped)))
    return spans


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Return whether a mark ends a sentence."""
    mark = match.group()
    if mark == "\n":
        return True
    following = text[match.end() : match.end() + _LONGEST_ABBREVIATION].lstrip()
    if following[:1].islower():
        return False
    if mark != ".":
        return True
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start()].split()
    word = before[-1].lstrip("(\"'“‘«") if before and not text[match.start() - 1].isspace() else ""
    letters = word.replace(".", "")
    is_initials = letters.isalpha() and (len(word) == 1 or letters != word)
    return not (is_initials or word.lower() in _TITLES)
