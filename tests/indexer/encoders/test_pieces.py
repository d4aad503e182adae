"""SentencePiece serves a tokenizer only where it gives the same tokens, and every other one is served as it is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from indexer.encoders import pieces
from indexer.encoders.bundled_model import default_model_folder
from indexer.encoders.pieces import write_tokenizer
from indexer.snapshot.encoder.query_tokenizer import HuggingFaceTokenizer, PieceTokenizer, open_tokenizer
from indexer.snapshot.layout import EncoderLayout

VOCABULARY = [
    ("<s>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    *((text, -float(rank)) for rank, text in enumerate(["▁oil", "▁price", "s", "▁", "o", "i", "l", "▁نفط", "ال"], 3)),
]


def unigram(**changes: object) -> Tokenizer:
    """Return a tokenizer with the parts of XLM-RoBERTa's, or with others."""
    tokenizer = Tokenizer(models.Unigram(VOCABULARY, unk_id=2))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    tokenizer.add_special_tokens(["<s>", "</s>", "<unk>"])
    for name, part in changes.items():
        setattr(tokenizer, name, part)
    return tokenizer


@pytest.fixture
def layout(tmp_path: Path) -> EncoderLayout:
    return EncoderLayout(tmp_path)


def test_pieces_are_the_tokens_of_the_tokenizer(layout: EncoderLayout) -> None:
    write_tokenizer(unigram(), layout)
    opened = open_tokenizer(layout, 8)
    assert isinstance(opened, PieceTokenizer)
    assert opened.ids("OIL prices") == [0, 3, 4, 5, 1]
    assert opened.ids("النفط oil 🫠") == [0, 6, 11, 2, 3, 6, 2, 1]
    assert opened.ids("oil " * 20) == [0, *[3] * 6, 1]  # cut to eight tokens, the last one included
    assert opened.ids("") == [0, 1]


@pytest.mark.parametrize("rewritten", ["ls", "``"])
def test_rules_about_pairs_of_plain_characters_hold(layout: EncoderLayout, rewritten: str) -> None:
    tokenizer = unigram(normalizer=normalizers.Replace(rewritten, "s"))
    write_tokenizer(tokenizer, layout)
    opened = open_tokenizer(layout, 8)
    assert isinstance(opened, PieceTokenizer)
    text = f"oi{rewritten}"
    assert opened.ids(text) == tokenizer.encode(text).ids == opened.ids("ois")


@pytest.mark.parametrize(
    "tokenizer",
    [
        unigram(pre_tokenizer=pre_tokenizers.Metaspace(prepend_scheme="never")),
        unigram(pre_tokenizer=pre_tokenizers.WhitespaceSplit()),
        unigram(model=models.WordLevel({"oil": 0, "<unk>": 1}, unk_token="<unk>")),
        unigram(model=models.Unigram(VOCABULARY, unk_id=2, byte_fallback=True)),
        unigram(post_processor=processors.BertProcessing(("</s>", 1), ("<s>", 0))),
    ],
)
def test_other_tokenizers_are_served_as_they_are(layout: EncoderLayout, tokenizer: Tokenizer) -> None:
    write_tokenizer(tokenizer, layout)
    assert not layout.pieces.exists()
    opened = open_tokenizer(layout, 8)
    assert isinstance(opened, HuggingFaceTokenizer)
    assert opened.ids("oil oil") == tokenizer.encode("oil oil").ids


def test_pieces_that_differ_on_any_text_are_not_written(layout: EncoderLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_UNUSUAL", ("</s>",))  # a special token that `tokenizers` sees in text
    write_tokenizer(unigram(), layout)
    assert not layout.pieces.exists()
    assert not layout.pieces_record.exists()


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> tuple[PieceTokenizer, HuggingFaceTokenizer]:
    tokenizer = Tokenizer.from_file(str(default_model_folder() / "tokenizer.json"))
    layout = EncoderLayout(tmp_path_factory.mktemp("bundled"))
    write_tokenizer(tokenizer, layout)
    opened = open_tokenizer(layout, 512)
    assert isinstance(opened, PieceTokenizer)
    return opened, HuggingFaceTokenizer(tokenizer, 512)


@pytest.mark.slow
@settings(derandomize=True)  # random texts may have two ways of equal score
@given(
    text=st.text(st.characters(codec="utf-8", exclude_characters="<"), max_size=60)
    | st.text(st.sampled_from("ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآةىءئؤ ًٌٍَُِّـ٠١٢abcXYZ ,.-'«»“”"), max_size=80)
)
def test_the_bundled_tokenizer_in_pieces_gives_its_tokens(
    bundled: tuple[PieceTokenizer, HuggingFaceTokenizer], text: str
) -> None:
    in_pieces, whole = bundled
    assert in_pieces.ids(text) == whole.ids(text)


def test_a_damaged_file_of_pieces_is_an_error(layout: EncoderLayout) -> None:
    write_tokenizer(unigram(), layout)
    layout.pieces.write_bytes(b"damaged")
    with pytest.raises(Exception, match="pieces"):
        open_tokenizer(layout, 8)
