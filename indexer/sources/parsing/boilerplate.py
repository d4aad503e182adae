"""Boilerplate in the text of articles: banners, links to other articles, agency credits.

Only whole lines are dropped, and only if they hold nothing else: a sentence about cookies may be news, a button is not.
"""

import re
from collections.abc import Sequence

from indexer.snapshot.text.normalisation import for_encoder

# Links to other articles, up to the end of the line: "Read also: ...", "اقرأ أيضا: ..." (the same).
_LINK = re.compile(
    r"(?:read (?:also|more|next)|see also|related(?: articles?| stories)?|more on this(?: story)?|recommended stories"
    r"|(?:اقرا|اقرأ|إقرأ|طالع|شاهد|تابع)(?:وا|ي)? (?:أيضا|ايضا|أيضاً|ايضاً|كذلك|المزيد)|مواضيع ذات صلة|موضوعات متعلقة)"
    r"(?:\s*[:：|>»].*)?",
    re.IGNORECASE,
)

# Lines are folded before they are compared: white space is one space.
# Lines that only credit an agency: "(Reuters)", "(رويترز)", "AFP", "Photo: AP".
_AGENCY = (
    r"(?:reuters|afp|ap|associated press|agencies|upi|dpa|xinhua"
    r"|رويترز|أ ?ف ?ب|ا ?ف ?ب|فرانس برس|وكالات|واس|أسوشيتد برس|د ب أ)"
)
_CREDIT = re.compile(rf"[(\[\-–—\s]*(?:photo|image|source|المصدر|الصورة)? ?:? ?{_AGENCY}[)\]\-–—.\s]*", re.IGNORECASE)

# Lines of consent banners and share bars.
_BANNER = re.compile(
    r"(?:(?:we|this (?:site|website)) uses? cookies\b.*|by (?:continuing|using) .{0,60}\bcookies\b.*"
    r"|accept(?: all)?(?: cookies)?|cookie (?:settings|policy)|manage (?:cookies|preferences)|privacy policy"
    r"|terms of (?:use|service)|share(?: this)?(?: (?:article|story|page))?|print|email|copy link|advertisement"
    r"|sponsored|subscribe(?: now)?|sign up(?: now)?"
    r"|(?:نستخدم|يستخدم هذا الموقع) (?:ملفات تعريف الارتباط|الكوكيز).*|سياسة الخصوصية|شروط الاستخدام|أوافق"
    r"|قبول الكل|شارك(?: المقال| الخبر)?|طباعة|نسخ الرابط|إعلان|اشترك(?: الآن)?)[.!]?",
    re.IGNORECASE,
)
_PATTERNS = (_LINK, _CREDIT, _BANNER)
_MAX_CHARS = 300

_DIGIT = re.compile(r"\d")
_MIN_ROW_SHARE = 0.6
_MIN_TABLE_LINES = 8
_MAX_ROW_WORDS = 8


def without_boilerplate(lines: Sequence[str]) -> list[str]:
    """Return the lines that are not boilerplate; lines without a letter or digit are dropped as well."""
    return [line for line in lines if any(map(str.isalnum, line)) and not is_boilerplate(line)]


def is_boilerplate(line: str) -> bool:
    """Return whether a line as a whole is a banner, a link to another article, or an agency credit."""
    if len(line) > _MAX_CHARS:
        return False
    folded = for_encoder(line)
    return any(pattern.fullmatch(folded) for pattern in _PATTERNS)


def is_mostly_table(lines: Sequence[str]) -> bool:
    """Return whether most lines are rows of numbers (results, prices, weather), which have no meaning to search for."""
    if len(lines) < _MIN_TABLE_LINES:
        return False
    return sum(map(_is_row, lines)) >= _MIN_ROW_SHARE * len(lines)


def _is_row(line: str) -> bool:
    """Return whether a line has more digits than letters, or is short and has many digits."""
    if not _DIGIT.search(line):
        return False
    digits, letters = sum(map(str.isdigit, line)), sum(map(str.isalpha, line))
    return digits > letters or (digits * 2 > letters and len(line.split()) <= _MAX_ROW_WORDS)
