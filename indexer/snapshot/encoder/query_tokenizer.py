"""From a query to the token ids of its encoder.

The tables of `tokenizers` for a multilingual Unigram vocabulary take 260 MB in every process. SentencePiece needs 50
for the same vocabulary and gives the same tokens, so an encoder has a file for it where a build has shown that
(`indexer/encoders/pieces.py`); every other encoder is served with `tokenizers`.
"""

import re
from itertools import product
from typing import Protocol

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass
from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer

from indexer.snapshot.layout import EncoderLayout

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""The character that stands for a space in pieces, and begins every text."""


_PLAIN_RANGES = (("!", "~"), ("\u0621", "\u063a"), ("\u0641", "\u064a"))
"""Signs and letters of English, and Arabic letters: nearly all queries have no others."""

_PLAIN_WORD = f"[{''.join(f'{first}-{last}' for first, last in _PLAIN_RANGES)}]+"
_PLAIN = re.compile(f"{_PLAIN_WORD}(?: {_PLAIN_WORD})*")


class ServingTokenizer(Protocol):
    """Turns texts into token ids; safe to call from several threads at once."""

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text, with special tokens, cut to the limit of the encoder."""


@dataclass(frozen=True)
class PiecesRecord:
    """What surrounds the pieces of a text, the file `pieces.json`.

    `normaliser` is a tokenizer of `tokenizers` with the rules of the original one and without its vocabulary. `before`
    and `after` are the ids of special tokens.
    """

    normaliser: str
    before: tuple[int, ...]
    after: tuple[int, ...]


class HuggingFaceTokenizer:
    """The tokenizer of the model, as `tokenizers` reads it."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=max_tokens)

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text, with special tokens, cut to the limit of the encoder."""
        ids: list[int] = self._tokenizer.encode(text).ids
        return ids


class PieceTokenizer:
    """The same tokens from SentencePiece."""

    def __init__(self, processor: SentencePieceProcessor, record: PiecesRecord, max_tokens: int) -> None:
        self._processor = processor
        self._normaliser = Tokenizer.from_str(record.normaliser).normalizer
        plain = _all_plain()
        self._keeps_plain = self._normalised(plain) == plain
        self._before, self._after = list(record.before), list(record.after)
        self._most_pieces = max_tokens - len(self._before) - len(self._after)

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text, with special tokens, cut to the limit of the encoder."""
        # The rules of the normaliser take as long as the pieces, and leave most queries as they are.
        normal = text if self._keeps_plain and _PLAIN.fullmatch(text) else self._normalised(text)
        spaced = normal.replace(" ", SPACE)
        if spaced and not spaced.startswith(SPACE):
            spaced = SPACE + spaced
        pieces: list[int] = self._processor.encode(spaced, out_type=int)
        return [*self._before, *pieces[: self._most_pieces], *self._after]

    def _normalised(self, text: str) -> str:
        return text if self._normaliser is None else str(self._normaliser.normalize_str(text))


def _all_plain() -> str:
    """Return all pairs of characters of plain text, as one word and as words of two: some rules rewrite pairs."""
    characters = [chr(code) for first, last in _PLAIN_RANGES for code in range(ord(first), ord(last) + 1)]
    pairs = ["".join(pair) for pair in product(characters, repeat=2)]
    return f"{''.join(pairs)} {' '.join(pairs)}"


def open_tokenizer(layout: EncoderLayout, max_tokens: int) -> ServingTokenizer:
    """Return the tokenizer of an encoder; both libraries raise bare exceptions where a file is damaged."""
    if layout.pieces.exists():
        record = TypeAdapter(PiecesRecord).validate_json(layout.pieces_record.read_bytes())
        return PieceTokenizer(SentencePieceProcessor(model_file=str(layout.pieces)), record, max_tokens)
    return HuggingFaceTokenizer(Tokenizer.from_file(str(layout.tokenizer)), max_tokens)
