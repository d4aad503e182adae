"""The one Unicode and Arabic normalisation, used for articles and queries alike.

A text has two forms. `as_published` is stored and shown: only characters that are never text are
dropped. `for_encoder` is what encoders read and what text hashes are made of: spelling habits that
differ between outlets, while the word stays the same, are folded away.
"""

import re
import unicodedata
from functools import lru_cache

_CACHED_TEXTS = 256
"""Splitting, counting and hashing fold the same paragraph one after the other."""

_CACHED_CHARS = 10_000
"""Longer texts are no paragraphs, and the cache would keep megabytes of each."""

NORMALISATION_REVISION = "2"
"""Part of every encoder fingerprint: vectors of differently folded texts must not be mixed."""

# C0 and C1 controls except tab and line breaks, and lone surrogates: never text.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff"
_NOT_TEXT = re.compile(f"[{_CONTROLS}]")

# Marks that steer display and carry no meaning: bidi controls and isolates, the Arabic letter
# mark, zero-width joiner, word joiner, byte-order mark, soft hyphen. The zero-width non-joiner is
# kept: in Persian it stands between parts of a word, and tokenizers read it as a space.
DISPLAY_MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\u200d\u2060\ufeff\u00ad"

# Arabic signs that are optional in print. Tatweel (U+0640) only stretches a word ("خبـــر" is
# "خبر"); the others are short vowels, doubling, superscript alef and Quranic annotation, which
# an outlet may or may not write ("وقَّع" is "وقع").
OPTIONAL_ARABIC = "\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"

_FOLDED_AWAY = re.compile(f"[{_CONTROLS}{DISPLAY_MARKS}{OPTIONAL_ARABIC}]")

# Arabic-Indic (٠-٩) and Persian (۰-۹) digits to ASCII, with their decimal and thousands separators.
_DIGITS = str.maketrans(
    {chr(start + value): str(value) for start in (0x0660, 0x06F0) for value in range(10)}
    | {"\u066b": ".", "\u066c": ","}
)
_OTHER_DIGIT = re.compile(f"[{''.join(map(chr, _DIGITS))}]")


def as_published(text: str) -> str:
    """Return `text` without characters that cannot be text, and without outer white space."""
    return _NOT_TEXT.sub("", text).strip()


def for_encoder(text: str) -> str:
    """Return `text` on one line in the folded form that encoders read.

    NFKC (which also turns Arabic presentation forms such as "ﺍﻟﺴﻼﻡ" into letters), display marks
    and optional Arabic signs removed, digits in ASCII, white space collapsed. Letters are never
    changed: alef, hamza and teh marbuta forms distinguish words, and the encoder knows them.
    """
    return _folded_and_kept(text) if len(text) <= _CACHED_CHARS else _folded(text)


@lru_cache(_CACHED_TEXTS)
def _folded_and_kept(text: str) -> str:
    return _folded(text)


def _folded(text: str) -> str:
    if text.isascii():  # has nothing to fold
        return " ".join(_NOT_TEXT.sub("", text).split())
    normal = unicodedata.normalize("NFKC", text)
    folded = _FOLDED_AWAY.sub("", normal)
    if len(folded) < len(normal):  # a removed mark may have separated a letter from its accent
        folded = unicodedata.normalize("NFKC", folded)
    if _OTHER_DIGIT.search(folded):  # translating costs more than everything else here
        folded = folded.translate(_DIGITS)
    return " ".join(folded.split())


def for_query_encoder(text: str) -> str:
    """Return a query in the folded form that encoders read, without question marks at its end.

    Some people type "؟" or "?" and some do not. The mark carries no meaning, and encoding it costs one
    point of nDCG@10 on the sample corpus in either language.
    """
    return for_encoder(text).rstrip("?؟ ")


# Hamza and madda above or below a letter: "الأهرام" is also typed "الاهرام".
_HAMZA = re.compile("[\u0653-\u0655]")

# Letters that are typed for each other at the end of a word, and alef wasla: "القدسى" for "القدسي" (yeh), "جريده" for
# "جريدة" (teh marbuta).
_TYPED_ALIKE = str.maketrans("ٱةى", "اهي")


def folded_name(name: str) -> str:
    """Return a name of a source, tag or author without what people write carelessly in it.

    Beside what `for_encoder` folds: capitals; hamza and madda of alef, waw and yeh; heh for teh marbuta and yeh for
    alef maksura.
    """
    folded = for_encoder(name).casefold()
    if folded.isascii():
        return folded
    # Decomposed only for a moment: accents of Latin letters stay.
    bare = _HAMZA.sub("", unicodedata.normalize("NFD", folded)).translate(_TYPED_ALIKE)
    return unicodedata.normalize("NFC", bare)
