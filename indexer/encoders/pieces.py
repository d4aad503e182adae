"""The vocabulary of a Unigram tokenizer as a file of SentencePiece, which needs a fifth of the memory to serve.

The file is written only if it gives the same tokens as the tokenizer on all texts that are tried. Where two ways to
divide a word have the same score ("xxxxxxx", with pieces of two and three letters), each library may choose another.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2
from tokenizers import Tokenizer

from indexer.embedding.query_texts import BANK_LANGUAGES, query_bank
from indexer.snapshot.encoder.query_tokenizer import SPACE, PiecesRecord, PieceTokenizer
from indexer.snapshot.layout import EncoderLayout

_MAX_TOKENS = 512
"""More than any of the texts has."""

_UNUSUAL = (
    "AFP: 12,5 % — “oil” (US$)",
    "حسنًا… ١٢٫٥٪ «النفط»",
    "naïve façade, Ünlü, İstanbul",
    "東京と北京",
    "\N{EGYPTIAN HIEROGLYPH A001}\N{EGYPTIAN HIEROGLYPH A002} oil \N{MELTING FACE}\N{MELTING FACE}",
    "https://example.org/a?b=1&c=2#d",
)
"""Texts with signs, scripts and characters that queries seldom have; among them some that no vocabulary has."""


def write_tokenizer(tokenizer: Tokenizer, layout: EncoderLayout) -> None:
    """Write a tokenizer to the folder of an encoder, and the same in pieces if SentencePiece gives equal tokens."""
    content = tokenizer.to_str()
    layout.tokenizer.write_text(content, encoding="utf-8")
    rules = json.loads(content)
    if not _is_unigram(rules):
        return
    record, vocabulary = _record(rules), _vocabulary(rules)
    del rules  # with a second copy of the tokenizer, the peak of memory of a first build would be here
    pieces = PieceTokenizer(SentencePieceProcessor(model_proto=vocabulary), record, _MAX_TOKENS)
    texts = [*_UNUSUAL, *(text for language in BANK_LANGUAGES for text in query_bank(language))]
    if all(pieces.ids(text) == tokenizer.encode(text).ids for text in texts):
        layout.pieces.write_bytes(vocabulary)
        layout.pieces_record.write_bytes(TypeAdapter(PiecesRecord).dump_json(record))


def _is_unigram(rules: dict[str, Any]) -> bool:
    """Return whether a tokenizer has the parts that `PieceTokenizer` does itself, and no others."""
    model, before, after = rules["model"], rules["pre_tokenizer"] or {}, rules["post_processor"] or {}
    return (
        model["type"] == "Unigram"
        and not model.get("byte_fallback")
        and before.get("type") == "Metaspace"
        and (before["replacement"], before["prepend_scheme"]) == (SPACE, "always")
        and after.get("type") == "TemplateProcessing"
    )


def _record(rules: dict[str, Any]) -> PiecesRecord:
    template = rules["post_processor"]
    ids: list[Sequence[int]] = [
        template["special_tokens"][part["SpecialToken"]["id"]]["ids"] if "SpecialToken" in part else ()
        for part in template["single"]
    ]
    place = next(number for number, part in enumerate(template["single"]) if "Sequence" in part)
    empty = {"type": "WordLevel", "vocab": {"<unk>": 0}, "unk_token": "<unk>"}
    without = {**rules, "model": empty, "added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
    return PiecesRecord(
        json.dumps(without, ensure_ascii=False),
        tuple(number for part in ids[:place] for number in part),
        tuple(number for part in ids[place:] for number in part),
    )


def _vocabulary(rules: dict[str, Any]) -> bytes:
    """Return a model of SentencePiece with the pieces, scores and ids of a tokenizer, which normalises nothing."""
    messages: Any = sentencepiece_model_pb2  # its classes are made when it is imported
    kinds = messages.ModelProto.SentencePiece
    special = {token["content"] for token in rules["added_tokens"]}
    proto = messages.ModelProto()
    unknown = rules["model"]["unk_id"]
    for number, (text, score) in enumerate(rules["model"]["vocab"]):
        kind = kinds.UNKNOWN if number == unknown else kinds.CONTROL if text in special else kinds.NORMAL
        proto.pieces.add(piece=text, score=score, type=kind)
    proto.trainer_spec.model_type = messages.TrainerSpec.UNIGRAM
    proto.trainer_spec.unk_id = unknown
    proto.trainer_spec.bos_id = proto.trainer_spec.eos_id = proto.trainer_spec.pad_id = -1
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = False
    proto.normalizer_spec.remove_extra_whitespaces = False
    proto.normalizer_spec.escape_whitespaces = False
    content: bytes = proto.SerializeToString()
    return content
