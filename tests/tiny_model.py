"""A real sentence-transformers model, so small that tests can train nothing and export it in a second."""

import string
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_ARABIC_LETTERS = [chr(code) for code in range(0x0621, 0x064B)]
_POSITIONS = 512


def write_tiny_model(folder: Path, scratch: Path, *, prompts: dict[str, str] | None = None) -> Path:
    """Write a model of two layers, 32 dimensions and one token for each letter into `folder`.

    Its weights are random (seeded); `scratch` is an empty folder for the parts.
    """
    characters = [*string.ascii_lowercase, *string.digits, *string.punctuation, *_ARABIC_LETTERS]
    vocabulary = {token: row for row, token in enumerate([*_SPECIAL, *characters, *(f"##{c}" for c in characters)])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=_POSITIONS,
    )
    BertModel(config).save_pretrained(scratch)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=_POSITIONS,
    ).save_pretrained(scratch)
    SentenceTransformer(modules=[Transformer(str(scratch)), Pooling(32)], prompts=prompts).save(
        str(folder), create_model_card=False
    )
    return folder
