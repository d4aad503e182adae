import tracemalloc

import pytest

from indexer.snapshot.text.language import (
    canonical_language,
    detect_language,
    detect_paragraph_language,
    detect_query_language,
)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("en_US", "en"),
        ("eng", "en"),
        ("zh-Hans-CN", "zh"),
        ("sr-Latn", "sr"),
        ("iw", "he"),  # the withdrawn code of Hebrew
        ("und", "und"),
    ],
)
def test_a_tag_is_reduced_to_its_primary_subtag(tag: str, language: str) -> None:
    assert canonical_language(tag) == language


@pytest.mark.parametrize(
    "tag",
    [
        "ar",
        "ara",
        "AR-eg",
        "ar-Arab-SA",
        "arb",  # Modern Standard Arabic
        "arz",  # Egyptian
        "apc",  # Levantine
        "ary",  # Moroccan
        "afb",  # Gulf
    ],
)
def test_every_variety_of_arabic_is_arabic(tag: str) -> None:
    assert canonical_language(tag) == "ar"


@pytest.mark.parametrize("tag", ["fa", "pes", "fas"])
def test_persian_is_not_arabic(tag: str) -> None:
    assert canonical_language(tag) == "fa"


def test_urdu_is_not_arabic() -> None:
    assert canonical_language("ur-PK") == "ur"


@pytest.mark.parametrize("tag", ["", "x", "english", "Arabic", "en-", "en\n", "العربية", "toolongforatag", "123", "12"])
def test_what_is_no_tag_is_refused_by_name(tag: str) -> None:
    with pytest.raises(ValueError, match="is not a language tag such as en, ar or fr-CA") as caught:
        canonical_language(tag)
    assert str(caught.value).startswith(repr(tag))


def test_tags_of_strangers_take_no_memory() -> None:
    canonical_language("en-x-warm")
    tracemalloc.start()
    try:
        for number in range(20_000):
            assert canonical_language(f"en-x-{number}") == "en"
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown < 100_000


@pytest.mark.parametrize("text", ["", " \n", "12.5 % – 2025", "٢٠٢٥", "!؟…"])
def test_a_text_without_letters_has_no_language(text: str) -> None:
    assert detect_language(text) == "und"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Brexit", "en"),
        ("Suez canal", "en"),
        ("أوبك", "ar"),
        ("قناة السويس", "ar"),
        ("أوبك OPEC تجتمع", "ar"),  # eleven Arabic letters, four Latin ones
        ("OPEC and the وزير", "en"),
        ("Das Auto ist neu", "en"),  # German, of which two or three words are no proof
    ],
)
def test_a_short_text_gets_the_usual_language_of_its_main_script(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parliament approved the new budget after two days of debate.", "en"),
        ("Die Regierung in Berlin hat am Montag einen neuen Haushalt beschlossen, der Familien entlasten soll.", "de"),
        ("Le gouvernement a présenté lundi un nouveau budget qui doit soulager les familles modestes.", "fr"),
        ("صادق البرلمان على الميزانية الجديدة بعد نقاش طويل استمر يومين", "ar"),
        ("کشورهای عضو اتحادیه اروپا روز دوشنبه درباره بودجه تازه رای دادند.", "fa"),
        ("ترکیہ کی حکومت نے پیر کے روز نئے بجٹ کا اعلان کیا اور ٹیکس کم کرنے کا وعدہ کیا۔", "ur"),
        ("Правительство объявило о новом бюджете на следующий год.", "ru"),
    ],
)
def test_a_whole_sentence_is_told_by_its_words(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_line_breaks_do_not_matter_to_detection() -> None:
    assert detect_language("صادق البرلمان\nعلى الميزانية\n\nالجديدة بعد نقاش طويل") == "ar"


def test_egyptian_is_detected_as_arabic() -> None:
    # Dialect: "what are you doing today, my friend, we want to go out and eat in the street".
    assert detect_language("انت بتعمل ايه النهارده يا صاحبي احنا عايزين نخرج ناكل في الشارع") == "ar"


def test_only_the_opening_of_a_long_text_decides() -> None:
    opening = "The committee published its yearly report on Monday and invited comments. " * 40
    assert detect_language(opening + "Правительство объявило о бюджете. " * 400) == "en"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("who owns the container ship that blocked the canal?", "en"),
        ("من يملك السفينة التي سدت القناة؟", "ar"),  # who owns the ship that blocked the canal?
        ("موعد إطلاق هاتف iPhone الجديد", "ar"),  # release date of the new iPhone
        ("Gaza ceasefire هدنة غزة مفاوضات", "und"),  # truce, Gaza, negotiations
        ("hudna هدنة", "und"),
        ("the word هدنة in English headlines", "en"),
        ("2024 ... 14", "und"),
    ],
)
def test_query_that_mixes_scripts_has_no_language(query: str, expected: str) -> None:
    assert detect_query_language(query) == expected


ENGLISH = "The minister told reporters on Tuesday that the talks would go on until an agreement was reached."
ARABIC = "قال الوزير للصحفيين يوم الثلاثاء إن المحادثات ستستمر حتى يتوصل الطرفان إلى اتفاق يرضي الجميع."
FRENCH = "Le ministre a déclaré mardi aux journalistes que les pourparlers se poursuivraient jusqu'à un accord."
DUTCH = "De minister zei dinsdag tegen verslaggevers dat de gesprekken doorgaan tot er een akkoord is bereikt."


@pytest.mark.parametrize(
    ("text", "article_language", "language"),
    [
        (ENGLISH, "en", "en"),
        (ARABIC, "ar", "ar"),
        (ENGLISH, "ar", "en"),
        (ARABIC, "en", "ar"),
        (FRENCH, "en", "fr"),
        (DUTCH, "ar", "nl"),
        (f"{DUTCH} Wat er was of is, was of zal zijn: dat was van to-dag.", "en", "nl"),
        # Arabic that quotes: most of it is Arabic
        (f"{ARABIC} وأضاف: «The talks will go on» في حديثه.", "ar", "ar"),
    ],
)
def test_a_paragraph_in_another_language_is_told_apart(text: str, article_language: str, language: str) -> None:
    assert detect_paragraph_language(text, article_language) == language


@pytest.mark.parametrize(
    "text",
    [
        "Reuters",
        "12:30 - 14:00 | 3.5% | 1,200",
        "Ahmed al-Masri, Jean Dupont, Pedro Sánchez, Giorgia Meloni, Olaf Scholz, Mark Rutte, Ursula von der Leyen",
        "",
    ],
)
@pytest.mark.parametrize("article_language", ["en", "ar"])
def test_what_is_short_or_in_no_language_stays_in_its_article_s(text: str, article_language: str) -> None:
    assert detect_paragraph_language(text, article_language) == article_language
