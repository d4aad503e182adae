"""Which package opens a query encoder that could not be exported."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from indexer.snapshot.encoder import open as opening
from indexer.snapshot.encoder.open import BACKENDS, open_query_encoder
from indexer.snapshot.errors import ModelError
from indexer.snapshot.layout import EncoderLayout
from tests.fakes import SPEC

LAYOUT = EncoderLayout(Path("nowhere"))


def test_a_back_end_that_no_package_brings_is_refused() -> None:
    with pytest.raises(ModelError, match=r"fake could not be exported.*the back end of-tomorrow.*khabar\[index\]"):
        open_query_encoder(LAYOUT, SPEC, "of-tomorrow")


def test_a_back_end_whose_packages_are_missing_names_the_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("sentence-transformers", "no_such_package.encoder:open_model", BACKENDS)
    monkeypatch.setattr(opening, "entry_points", lambda **_keys: [entry])
    with pytest.raises(ModelError, match="needs no_such_package: pip install"):
        open_query_encoder(LAYOUT, SPEC, "sentence-transformers")
