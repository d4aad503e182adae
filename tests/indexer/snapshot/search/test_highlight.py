"""The sentence that matches best, and the words of the query."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.snapshot.encoder.open import ServingEncoders
from indexer.snapshot.encoder.query_encoder import FloatArray
from indexer.snapshot.encoder.static_encoder import StaticEncoder
from indexer.snapshot.reader import Snapshot, open_snapshot
from indexer.snapshot.search.highlight import MAX_SENTENCES
from indexer.snapshot.search.query import Query, TextTarget
from indexer.snapshot.search.search import search
from tests.conftest import make_article
from tests.fakes import publish_fake_store


def highlighted(snapshot: Snapshot, text: str, article: str) -> dict[str, list[str]]:
    """Return the highlighted parts of the hit of an article, by kind."""
    (hit,) = (
        hit for hit in search(snapshot, Query(TextTarget(text), highlight=True)).hits if hit.article.id == article
    )
    assert hit.highlights is not None
    parts: dict[str, list[str]] = {"sentence": [], "term": []}
    for one in hit.highlights:
        parts[one.kind].append(hit.paragraph.text[one.start : one.end])
    assert [one.kind for one in hit.highlights] == sorted(one.kind for one in hit.highlights)
    return parts


def sentence(snapshot: Snapshot, text: str, article: str) -> str:
    (only,) = highlighted(snapshot, text, article)["sentence"]
    return only


def test_words_of_the_query_are_highlighted_in_their_forms(tmp_path: Path) -> None:
    english = "Treaties 🙂 end wars. The TREATY of Ghent ended one more of these wars."
    arabic = "وقعت المعـاهدة أمس، ولمعاهدةٍ كهذه أثر كبير في البلدين كما يقول الخبراء"
    publish_fake_store(tmp_path, [make_article("en", "en", english), make_article("ar", "ar", arabic)])
    with open_snapshot(tmp_path) as snapshot:
        assert highlighted(snapshot, "treaty -unheard", "en")["term"] == ["Treaties", "TREATY"]
        assert highlighted(snapshot, "معاهده", "ar")["term"] == ["المعـاهدة", "ولمعاهدةٍ"]
        assert highlighted(snapshot, "معاهده", "en")["term"] == []
        assert highlighted(snapshot, '"of Ghent"', "en")["term"] == ["of", "Ghent", "of"]


def test_it_is_the_one_with_the_words_of_the_query_in_either_language(tmp_path: Path) -> None:
    english = (
        "The ship left. A treaty was signed by Gen. Smith at noon! Then the canal was open 🙂 again. All went home"
    )
    # "A strong earthquake hit Morocco. A treaty was signed yesterday. The canal is open?"
    arabic = "ضرب زلزال قوي المغرب. وقعت معاهدة بين البلدين أمس. هل فتحت قناة السويس؟ نعم بالتأكيد"
    publish_fake_store(tmp_path, [make_article("en", "en", english), make_article("ar", "ar", arabic)])
    with open_snapshot(tmp_path) as snapshot:
        for query in ("treaty", "معاهدة"):
            assert sentence(snapshot, query, "en") == "A treaty was signed by Gen. Smith at noon!"
            assert sentence(snapshot, query, "ar") == "وقعت معاهدة بين البلدين أمس."
        # Code points, not bytes or UTF-16: a character outside the plane and Arabic letters count once each.
        assert sentence(snapshot, "canal", "en") == "Then the canal was open 🙂 again."
        assert sentence(snapshot, "earthquake", "ar") == "ضرب زلزال قوي المغرب."
        assert all(hit.highlights is None for hit in search(snapshot, Query(TextTarget("canal"))).hits)


def test_one_sentence_is_not_compared_and_a_list_is_read_to_its_limit(tmp_path: Path) -> None:
    one = "Only one sentence is in this paragraph, which is about the canal"
    # Only the last sentence is about the moon.
    many = "Yes. " * MAX_SENTENCES + "A moon."
    publish_fake_store(tmp_path, [make_article("one", "en", one), make_article("many", "en", many)])
    with open_snapshot(tmp_path) as snapshot:
        assert sentence(snapshot, "canal", "one") == one
        (hit,) = (hit for hit in search(snapshot, Query(TextTarget("moon"))).hits if hit.article.id == "many")
        assert hit.paragraph.text == many
        assert sentence(snapshot, "moon", "many") == "Yes."


class LastSentence(StaticEncoder):
    """Takes the last sentence for the nearest one, by a little."""

    def __init__(self, least: float) -> None:
        self._least = least

    def cosines(self, texts: Sequence[str], query: FloatArray) -> FloatArray:
        assert query.ndim == 1
        return np.linspace(0, self._least, len(texts), dtype=np.float32)


class NoQueryEncoder:
    """Must not be asked for sentences."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.spec = snapshot.encoders.queries.spec
        self._queries = snapshot.encoders.queries

    def encode_queries(self, texts: Sequence[str]) -> FloatArray:
        assert len(texts) == 1, "sentences are encoded as queries"
        return self._queries.encode_queries(texts)


@pytest.mark.parametrize(
    ("query", "least", "expected"),
    [
        ("weather", 0.1, "It rained."),  # a word of another paragraph: meaning decides alone
        ("treaty", 0.1, "A treaty was signed."),  # the word outweighs a small difference
        ("treaty", 0.9, "It rained."),  # and no great one
        ("treaty weather", 0.4, "It rained."),  # half of the words have half of the weight
        ('"treaty was"', 0.1, "A treaty was signed."),
    ],
)
def test_the_static_encoder_and_the_share_of_words_decide(
    tmp_path: Path, query: str, least: float, expected: str
) -> None:
    text = "The moon rose early. A treaty was signed. It rained."
    publish_fake_store(tmp_path, [make_article("en", "en", text), make_article("other", "en", "The weather is good.")])
    with open_snapshot(tmp_path) as snapshot:
        encoders = ServingEncoders(NoQueryEncoder(snapshot), LastSentence(least))
        assert sentence(replace(snapshot, encoders=encoders), query, "en") == expected
