"""Names, phrases and sentences by their number of words."""

import pytest

from indexer.snapshot.text.query_length import QueryLength, is_short, query_length


@pytest.mark.parametrize(
    ("query", "length"),
    [
        ("", QueryLength.SHORT),
        ("oil", QueryLength.SHORT),
        ("قناة  السويس\tاليوم", QueryLength.SHORT),
        ("the canal is open", QueryLength.MEDIUM),
        ("لماذا يرتفع سعر النفط؟", QueryLength.MEDIUM),
        (" ".join(["word"] * 12), QueryLength.MEDIUM),
        (" ".join(["word"] * 13), QueryLength.SENTENCE),
        (" ".join(["كلمة"] * 500), QueryLength.SENTENCE),
    ],
)
def test_words_decide(query: str, length: QueryLength) -> None:
    assert query_length(query) is length
    assert is_short(query) is (length is QueryLength.SHORT)
