"""Queries whose answer is left out, and how near the other paragraphs come, on hand-made corpora."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from indexer.embedding.query_texts import Headline
from indexer.embedding.query_vectors import QuerySample
from indexer.snapshot.encoder.query_encoder import EncoderSpec, FloatArray
from indexer.snapshot.index.lexical_index import LexicalIndex
from indexer.snapshot.index.lexical_writer import LexicalIndexWriter
from indexer.snapshot.scores.calibration import Background, Calibration
from indexer.snapshot.scores.neutral_space import Centres, NeutralSpace
from indexer.vectors.left_out import (
    SHARE_BELOW,
    ConfidenceSample,
    LeftOutQuery,
    NeutralPassages,
    calibrate_confidence,
    left_out_headlines,
    left_out_terms,
)
from indexer.vectors.space import PassageVectors
from tests.fakes import SPEC

ALONE = np.arange(4, dtype=np.int32)
DIM = SPEC.dim
NO_CENTRES = Centres({}, np.zeros(DIM, dtype=np.float32))
STANDARD = Background(0.0, 0.1, 0.1)


def index_of(texts: Sequence[str]) -> LexicalIndex:
    writer = LexicalIndexWriter()
    for text in texts:
        writer.add(None, text)
    return writer.finish()


def one_paragraph_each(n: int) -> PassageVectors:
    vectors = np.eye(n, DIM, dtype=np.float32)
    return PassageVectors(vectors, np.repeat("en", n), np.arange(n, dtype=np.int32))


def left_out(queries: Sequence[LeftOutQuery]) -> list[tuple[str, list[int]]]:
    return [(query.text, sorted(set(query.article_rows.tolist()))) for query in queries]


def test_a_headline_is_asked_without_its_event() -> None:
    headlines = [Headline("en", "Ship blocks the canal", 1), Headline("ar", "سفينة تسد قناة السويس", 3)]
    event = np.array([0, 1, 2, 1], dtype=np.int32)
    assert left_out(list(left_out_headlines(headlines, event))) == [
        ("Ship blocks the canal", [1, 3]),
        ("سفينة تسد قناة السويس", [1, 3]),
    ]


def test_a_headline_of_three_words_is_no_longer_than_a_term() -> None:
    assert list(left_out_headlines([Headline("en", "Canal reopens today", 0)], ALONE)) == []


def test_terms_end_with_the_rarest_word_and_have_one_to_three_words_in_turns() -> None:
    index = index_of(["the Suez canal and the Panama canal", "the canal", "the canal", "the Suez road"])
    headlines = [Headline("en", "The canal of Panama: reopened", row) for row in range(4)]
    terms = left_out(list(left_out_terms(headlines, ALONE, index, one_paragraph_each(4))))
    assert [text for text, _ in terms] == ["Panama", "of Panama", "canal of Panama", "Panama"]
    # All words are rare in so small a corpus, and the third term has the canal too.
    assert [rows for _, rows in terms] == [[0], [0, 1], [0, 1, 2], [0, 3]]


def test_articles_with_a_frequent_word_of_a_term_stay() -> None:
    index = index_of(["canal in Panama", *["canal"] * 8])
    event = np.arange(9, dtype=np.int32)
    _, term = left_out_terms([Headline("en", "The canal Panama", 0)] * 2, event, index, one_paragraph_each(9))
    assert left_out([term]) == [("canal Panama", [0])]


def test_arabic_words_are_found_with_an_article_and_as_people_write_them() -> None:
    index = index_of(["افتتاح القناة", "قناة", "طريق", "مطار"])
    (term,) = left_out_terms([Headline("ar", "ال\u0640قناه", 2)], ALONE, index, one_paragraph_each(4))
    assert left_out([term])[0][1] == [0, 1, 2]


def test_headlines_without_a_rare_word_give_no_term() -> None:
    index = index_of(["oil"] * 20)
    assert list(left_out_terms([Headline("en", "oil", 0), Headline("en", "gold", 1)], ALONE, index,
                               one_paragraph_each(4))) == []  # fmt: skip


class _Table:
    """An encoder that knows the vectors of its texts."""

    spec: EncoderSpec = SPEC

    def __init__(self, vectors: dict[str, FloatArray]) -> None:
        self._vectors = vectors

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        return np.array([self._vectors[text] for text in texts], dtype=np.float32).reshape(len(texts), DIM)


def query_near(row: int, cosines: Sequence[float]) -> FloatArray:
    """Return a vector with these cosines to paragraphs 0, 1, ...; nothing is asked of its own length."""
    vector = np.zeros(DIM, dtype=np.float32)
    vector[: len(cosines)] = cosines
    vector[DIM - 1 - row] = 1
    return vector


def confident_from(cosines: Sequence[Sequence[float]], languages: Sequence[str], own: Sequence[int]) -> Calibration:
    """Calibrate with one query for each row of cosines, each without the article `own`."""
    n = len(cosines[0])
    texts = [f"a question of number {row}" for row in range(len(cosines))]
    vectors = {text: query_near(row, cosines[row]) for row, text in enumerate(texts)}
    queries = [
        LeftOutQuery(text, language, np.array([article]))
        for text, language, article in zip(texts, languages, own, strict=True)
    ]
    passages = one_paragraph_each(n)
    return calibrate_confidence(
        Calibration({}, STANDARD),
        _Unchanged(NO_CENTRES, NO_CENTRES),
        NeutralPassages(passages.vectors, passages),
        ConfidenceSample(queries, [], [], []),
        _Table(vectors),
    )


class _Unchanged(NeutralSpace):
    """Leaves vectors as they are, of any length."""

    def queries(self, vectors: FloatArray, *_: object) -> FloatArray:
        return vectors


def test_confidence_begins_above_most_queries_without_an_answer() -> None:
    # The answer has cosine 0.9 and is left out; the best two others have 0.1 * row + 0.2 and 0.1 * row.
    cosines = [[0.9, 0.01 * row + 0.2, 0.01 * row, -0.5] for row in range(100)]
    found = confident_from(cosines, ["en"] * 100, [0] * 100)
    expected = np.quantile([(0.01 * row + 0.1) / 0.1 for row in range(100)], SHARE_BELOW)
    assert found.least_deviations("en") == pytest.approx(float(expected), abs=1e-3)


def test_small_samples_of_languages_are_measured_together() -> None:
    cosines = [[0.9, value, value, -0.5] for value in [0.1] * 100 + [0.4] * 50]
    found = confident_from(cosines, ["en"] * 100 + ["ar"] * 50, [0] * 150)
    assert found.least_deviations("en") == pytest.approx(1.0, abs=1e-3)
    assert found.least_deviations("ar") == pytest.approx(4.0, abs=1e-3)  # the 132nd of all 150
    assert found.least_deviations("fr") == pytest.approx(2.5, abs=1e-3)


def test_paragraphs_of_each_language_are_measured_apart() -> None:
    vectors = {f"a question of number {row}": query_near(row, [0.9, 0.4, 0.2, 0.1, 0.1]) for row in range(100)}
    passages = replace(one_paragraph_each(5), languages=np.array(["en", "en", "ar", "ar", "fr"]))
    found = calibrate_confidence(
        Calibration({}, STANDARD),
        _Unchanged(NO_CENTRES, NO_CENTRES),
        NeutralPassages(passages.vectors, passages),
        ConfidenceSample([LeftOutQuery(text, "en", np.array([0])) for text in vectors], [], [], []),
        _Table(vectors),
    )
    assert found.least_deviations("en") == pytest.approx(3.0, abs=1e-3)
    assert found.least_deviations("en", "en") == pytest.approx(4.0, abs=1e-3)  # the answer's language, without it
    assert found.least_deviations("en", "ar") == pytest.approx(1.5, abs=1e-3)
    assert found.least_deviations("fr", "ar") == pytest.approx(1.5, abs=1e-3)
    assert found.least_deviations("en", "de") == pytest.approx(3.0, abs=1e-3)


def test_few_queries_say_nothing() -> None:
    found = confident_from([[0.9, 0.1, 0.1, 0.0]] * 19, ["en"] * 19, [0] * 19)
    assert found.least_deviations("en") is None


def test_the_built_in_questions_lower_what_repeated_reports_raise() -> None:
    passages = one_paragraph_each(3)
    texts = {f"a headline of number {row}": [0.9, 0.6, 0.6] for row in range(20)}
    texts |= {f"a built-in question {row}": [0.2, 0.2, 0.2] for row in range(20)}
    vectors = {text: query_near(row, cosines) for row, (text, cosines) in enumerate(texts.items())}
    own, none = np.array([0]), np.array([], dtype=np.int64)
    headlines = [LeftOutQuery(text, "en", own) for text in texts if "headline" in text]
    built_in = [LeftOutQuery(text, "en", none) for text in texts if "built-in" in text]

    def measured(usual: list[LeftOutQuery], built_in: list[LeftOutQuery]) -> float | None:
        sample = ConfidenceSample(usual, built_in, [], [])
        space = _Unchanged(NO_CENTRES, NO_CENTRES)
        neutral = NeutralPassages(passages.vectors, passages)
        calibration = Calibration({}, STANDARD)
        return calibrate_confidence(calibration, space, neutral, sample, _Table(vectors)).least_deviations("en")

    assert measured(headlines, []) == pytest.approx(6.0, abs=1e-3)
    assert measured(headlines, built_in) == pytest.approx(2.0, abs=1e-3)
    assert measured([], built_in) == pytest.approx(2.0, abs=1e-3)


def test_short_queries_have_their_own_measure_if_they_have_their_own_calibration() -> None:
    passages = one_paragraph_each(3)
    texts = [f"name {row}" for row in range(20)]
    vectors = {text: query_near(row, [0.9, 0.3, 0.3]) for row, text in enumerate(texts)}
    short = [LeftOutQuery(text, "en", np.array([0])) for text in texts]
    calibration = Calibration({}, STANDARD, short=Calibration({}, Background(0.0, 0.05, 0.05)))
    found = calibrate_confidence(
        calibration,
        _Unchanged(NO_CENTRES, NO_CENTRES),
        NeutralPassages(passages.vectors, passages),
        ConfidenceSample([], [], short, []),
        _Table(vectors),
    )
    assert found.least_deviations("en") is None
    assert found.short is not None
    assert found.short.least_deviations("en") == pytest.approx(6.0, abs=1e-3)


def test_a_sample_has_queries_of_the_corpus_and_built_in_ones() -> None:
    headlines = [Headline("en", f"Storm number{row} closes the harbour", row) for row in range(300)]
    queries = QuerySample(headlines, np.empty((300, DIM), dtype=np.float32), {})
    index = index_of([headline.text for headline in headlines])
    passages = PassageVectors(
        np.zeros((300, DIM), dtype=np.float32), np.repeat("en", 300), np.arange(300, dtype=np.int32)
    )
    sample = ConfidenceSample.of(queries, np.arange(300, dtype=np.int32), index, passages)
    assert (len(sample.usual), len(sample.short)) == (200, 200)
    assert {query.language for query in (*sample.built_in, *sample.built_in_short)} == {"ar", "en"}
    assert all(len(query.article_rows) == 0 for query in (*sample.built_in, *sample.built_in_short))
