"""Lines that stand in an article and are none of it: banners, links to others, signs of agencies.

Only whole lines go, and only ones that say nothing else: a sentence about cookies is news, a button is not.
"""

import re
from collections.abc import Sequence

from indexer.snapshot.text.normalisation import for_encoder

# Read on elsewhere: "Read also: ...", "اقرأ أيضا: ..." (the same). To the end of the line: what follows is a link.
_ELSEWHERE = re.compile(
    r"(?:read (?:also|more|next)|see also|related(?: articles?| stories)?|more on this(?: story)?|recommended stories"
    r"|(?:اقرا|اقرأ|إقرأ|طالع|شاهد|تابع)(?:وا|ي)? (?:أيضا|ايضا|أيضاً|ايضاً|كذلك|المزيد)|مواضيع ذات صلة|موضوعات متعلقة)"
    r"(?:\s*[:：|>»].*)?",
    re.IGNORECASE,
)

# Signs of agencies and crediting lines that stand alone: "(Reuters)", "(رويترز)", "AFP", "Photo: AP".
_AGENCY = (
    r"(?:reuters|afp|ap|associated press|agencies|upi|dpa|xinhua"
    r"|رويترز|أ ?ف ?ب|ا ?ف ?ب|فرانس برس|وكالات|واس|أسوشيتد برس|د ب أ)"
)
_SIGN = re.compile(rf"[(\[\-–—\s]*(?:photo|image|source|المصدر|الصورة)?\s*:?\s*{_AGENCY}[)\]\-–—.\s]*", re.IGNORECASE)

# What consent banners and share bars consist of.
_BANNER = re.compile(
    r"(?:(?:we|this (?:site|website)) uses? cookies\b.*|by (?:continuing|using) .{0,60}\bcookies\b.*"
    r"|accept(?: all)?(?: cookies)?|cookie (?:settings|policy)|manage (?:cookies|preferences)|privacy policy"
    r"|terms of (?:use|service)|share(?: this)?(?: (?:article|story|page))?|print|email|copy link|advertisement"
    r"|sponsored|subscribe(?: now)?|sign up(?: now)?"
    r"|(?:نستخدم|يستخدم هذا الموقع) (?:ملفات تعريف الارتباط|الكوكيز).*|سياسة الخصوصية|شروط الاستخدام|أوافق"
    r"|قبول الكل|شارك(?: المقال| الخبر)?|طباعة|نسخ الرابط|إعلان|اشترك(?: الآن)?)[.!]?",
    re.IGNORECASE,
)
_PATTERNS = (_ELSEWHERE, _SIGN, _BANNER)
_LONGEST = 300

_DIGIT = re.compile(r"\d")
_TABLE_SHARE = 0.6
_TABLE_LINES = 8
_CELL_WORDS = 8


def without_boilerplate(lines: Sequence[str]) -> list[str]:
    """Return the lines of an article that are part of it; those without letters or digits go as well."""
    return [line for line in lines if any(map(str.isalnum, line)) and not is_boilerplate(line)]


def is_boilerplate(line: str) -> bool:
    """Whether a line as a whole is a banner, a link elsewhere, or the sign of an agency."""
    if len(line) > _LONGEST:
        return False
    folded = for_encoder(line)
    return any(pattern.fullmatch(folded) for pattern in _PATTERNS)


def is_mostly_table(lines: Sequence[str]) -> bool:
    """Whether most lines are rows of numbers: results, prices, weather. They hold nothing to search for by meaning."""
    if len(lines) < _TABLE_LINES:
        return False
    return sum(map(_is_row, lines)) >= _TABLE_SHARE * len(lines)


def _is_row(line: str) -> bool:
    """Whether a line is a few cells, or has more digits than letters."""
    if not _DIGIT.search(line):
        return False
    digits, letters = sum(map(str.isdigit, line)), sum(map(str.isalpha, line))
    return digits > letters or (digits * 2 > letters and len(line.split()) <= _CELL_WORDS)
