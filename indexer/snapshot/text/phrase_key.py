"""The key under which a phrase is looked up, whatever spelling people type."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from indexer.snapshot.text.normalisation import for_query_encoder
from indexer.snapshot.text.words import folded_words

Keys = npt.NDArray[np.uint64]

KEY_BYTES = 8
"""Two of 100,000 phrases share a key with a probability below 1e-9."""

_ARTICLE = "ال"
_LEAST_REST = 2
"""Letters that a word must have beside the article: "ال" and "الم" stay as they are."""


def folded_phrase(phrase: str) -> str:
    """Return a phrase without what people leave out or type for something else.

    Latin: capitals, accents, hyphens and other signs. Arabic: hamza and madda of alef, waw and yeh; heh is typed for
    teh marbuta and yeh for alef maksura; and the article, which lists of names and terms lack and news has.
    """
    return " ".join(map(_without_article, folded_words(for_query_encoder(phrase))))


def phrase_key(phrase: str) -> int:
    """Return the key of a phrase, 64 bits; equal for all spellings that `folded_phrase` folds."""
    return int.from_bytes(key_bytes(folded_phrase(phrase)), "little")


def keys_of_folded(phrases: Sequence[str]) -> Keys:
    """Return the keys of phrases that are folded already, shape (n,), uint64."""
    return np.frombuffer(b"".join([key_bytes(phrase) for phrase in phrases]), dtype="<u8")


def key_bytes(folded: str) -> bytes:
    """Return the key of a phrase that is folded already, 8 bytes, the lowest first."""
    return blake2b(folded.encode(), digest_size=KEY_BYTES).digest()


def _without_article(word: str) -> str:
    rest = word.removeprefix(_ARTICLE)
    return rest if len(rest) >= _LEAST_REST else word
