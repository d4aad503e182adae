"""Decoding: Arabic in its three encodings, with right and wrong declarations; repair of mojibake."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.parsing.encoding import UndecodableText, decode, repair_mojibake

# "The minister said on Sunday that talks on the agreement will go on in the capital with the other side."
ARABIC = "قال الوزير يوم الأحد إن المحادثات على الاتفاق سوف تستمر في العاصمة مع الطرف الآخر."
ENGLISH = "The minister said on Sunday that talks will go on."
FRENCH = "Le ministre a déclaré dimanche que les pourparlers se poursuivraient à l’été."


@pytest.mark.parametrize(
    "declared", [None, "windows-1256", "iso-8859-6", "utf-8", "iso-8859-1", "no such encoding", "undefined", "x\0y"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1256", "iso-8859-6"])
def test_arabic_is_read_whatever_is_declared(encoding: str, declared: str | None) -> None:
    assert decode(ARABIC.encode(encoding), declared).text == ARABIC


@pytest.mark.parametrize("text", [ENGLISH, FRENCH, ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_other_languages_are_not_decoded_as_arabic(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "windows-1252").text == text


def test_stray_byte_does_not_make_utf_8_another_encoding() -> None:
    content = (ARABIC * 20).encode()
    assert decode(content[:-1]).text.startswith(ARABIC)
    broken = content[:40] + b"\xff" + content[40:]
    assert "\ufffd" in decode(broken).text
    assert decode(broken).text.count("\ufffd") < 5
    assert decode(b"\xef\xbb\xbf" + broken).text == decode(broken).text
    assert decode(b" " * 100_000 + broken).text.strip() == decode(broken).text
    assert decode(FRENCH.encode("windows-1252"), "undefined").text.startswith("Le ministre a déclaré dimanche")


@pytest.mark.parametrize("wrong", ["windows-1252", "windows-1256"])
def test_mojibake_is_repaired(wrong: str) -> None:
    text = ARABIC if wrong == "windows-1256" else FRENCH
    mojibake = text.encode().decode(wrong)
    assert mojibake != text
    assert repair_mojibake(mojibake) == (text, True)


@pytest.mark.parametrize("text", [ARABIC, ENGLISH, FRENCH, "طظ", "ظظظظ طط", "naïve café", "", "١٢٣ — «نص»"])
def test_correct_text_is_unchanged(text: str) -> None:
    assert repair_mojibake(text) == (text, False)


@given(st.binary(max_size=300), st.none() | st.sampled_from(["utf-8", "windows-1256", "utf-16", "x"]))
def test_any_bytes_are_decoded_or_refused(content: bytes, declared: str | None) -> None:
    with contextlib.suppress(UndecodableText):
        decode(content, declared)


@given(
    st.text(
        alphabet=st.characters(codec="ascii") | st.sampled_from("ابتثجحخدذرزسشصضعغفقكلمنهويىءؤئةأإآ١٢،؛؟ "),
        max_size=200,
    )
)
def test_text_without_mojibake_is_unchanged(text: str) -> None:
    """All of ASCII, and Arabic letters other than the two that mojibake consists of."""
    assert repair_mojibake(text) == (text, False)
