"""Writing the default model as a standard sentence-transformers folder, in full precision."""

import json
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from indexer.encoders.model_card import MODEL_CARD
from indexer.encoders.packed_model import PackedModel

MODEL_NAME = "intfloat/multilingual-e5-small"

LANGUAGES = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it "
    "ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq "
    "sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)
"""The languages of its training, as listed on the card of intfloat/multilingual-e5-small."""


def write_model_folder(model: PackedModel, folder: Path) -> None:
    """Write `model` as a sentence-transformers folder: weights, tokenizer, pooling, prompts and card."""
    save_file(_bert_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "tokenizer.json").write_text(_tokenizer(model).to_str(pretty=True), encoding="utf-8")
    card = {"language": LANGUAGES.split(), "license": "mit", "base_model": MODEL_NAME}
    (folder / MODEL_CARD).write_text(f"---\n{json.dumps(card)}\n---\n", encoding="utf-8")  # JSON is YAML
    (folder / "2_Normalize").mkdir()
    for name, content in _configuration(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _configuration(model: PackedModel) -> dict[str, object]:
    """Return the content of the JSON files of the folder, by file name."""
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": model.hidden,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "intermediate_size": model.intermediate,
            "vocab_size": model.vocabulary,
            "max_position_embeddings": model.positions,
            "type_vocab_size": model.token_types,
            "layer_norm_eps": model.layer_norm_eps,
            "hidden_act": "gelu",
            "pad_token_id": model.special_ids["<pad>"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.positions,
            "cls_token": "<s>",
            "sep_token": "</s>",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
        },
        "sentence_bert_config.json": {"max_seq_length": model.positions, "do_lower_case": False},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": model.hidden, "pooling_mode_mean_tokens": True},
        "config_sentence_transformers.json": {
            # sentence-transformers prefers "document" to "passage", and without it would use an empty prompt.
            "prompts": {"query": "query: ", "passage": "passage: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "khabar.json": {"name": MODEL_NAME, "weights": "4-bit (Q4_0), dequantised"},
    }


def _bert_tensors(model: PackedModel) -> dict[str, npt.NDArray[np.float32]]:
    """Return the packed tensors with the names and shapes of transformers' BertModel."""
    packed, hidden = model.tensors, model.hidden
    named = {
        "embeddings.word_embeddings.weight": packed["emb.word"].reshape(model.vocabulary, hidden),
        "embeddings.position_embeddings.weight": packed["emb.pos"].reshape(model.positions, hidden),
        "embeddings.token_type_embeddings.weight": packed["emb.type"].reshape(model.token_types, hidden),
        "embeddings.LayerNorm.weight": packed["emb.ln.w"],
        "embeddings.LayerNorm.bias": packed["emb.ln.b"],
        # multilingual-e5 uses mean pooling; BertModel's own pooler has to exist and is not used.
        "pooler.dense.weight": np.zeros((hidden, hidden), dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    dense = {
        "q": ("attention.self.query", hidden),
        "k": ("attention.self.key", hidden),
        "v": ("attention.self.value", hidden),
        "ao": ("attention.output.dense", hidden),
        "fi": ("intermediate.dense", model.intermediate),
        "fo": ("output.dense", hidden),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(model.layers):
        prefix = f"encoder.layer.{layer}."
        for short, (name, n_outputs) in dense.items():
            named[f"{prefix}{name}.weight"] = packed[f"l{layer}.{short}.w"].reshape(n_outputs, -1)
            named[f"{prefix}{name}.bias"] = packed[f"l{layer}.{short}.b"]
        for short, name in norms.items():
            named[f"{prefix}{name}.weight"] = packed[f"l{layer}.{short}.w"]
            named[f"{prefix}{name}.bias"] = packed[f"l{layer}.{short}.b"]
    return named


def _tokenizer(model: PackedModel) -> Tokenizer:
    """Return the XLM-R tokenizer: NFKC with the exceptions of the packed file, Metaspace, Unigram."""
    tokenizer = Tokenizer(Unigram(model.pieces, unk_id=model.special_ids["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            *(
                normalizers.Replace(char, output)
                for char, output in sorted(nfkc_exceptions(model.normalisation).items())
            ),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = model.special_ids["<s>"], model.special_ids["</s>"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", begin), ("</s>", end)]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in model.special_ids])
    return tokenizer


def nfkc_exceptions(table: dict[str, str]) -> dict[str, str]:
    """Return the entries of `table` that differ from NFKC."""
    return {char: output for char, output in table.items() if output != unicodedata.normalize("NFKC", char)}
